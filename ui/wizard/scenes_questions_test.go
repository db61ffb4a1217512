package wizard

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/flowgrant/flowgrant/steps"
)

// Screens before the review: who acts, the modes, and the questions.
var questionScenes = map[string]scene{
	"who":                {&script{}, func(*driver) {}},
	"who-no-credentials": {&script{who: expired}, func(*driver) {}},
	"who-commands":       {&script{who: expired}, func(d *driver) { d.keys("down", "down", "enter") }},
	"who-help":           {&script{}, func(d *driver) { d.keys("?") }},
	"profiles":           {&script{}, func(d *driver) { d.keys("down", "enter", "pay") }},
	"mode-per-account":   {&script{}, func(d *driver) { d.keys("enter") }},
	"mode-centralized":   {&script{}, func(d *driver) { d.keys("enter", "down") }},
	"reader":             {&script{}, func(d *driver) { d.centralized(0) }},
	"reader-wrong":       {&script{}, func(d *driver) { d.centralized(0); d.keys("99998") }},
	"reader-fits":        {&script{}, func(d *driver) { d.centralized(0); d.paste(" \"999988887777\"\n") }},
	"reader-help":        {&script{}, func(d *driver) { d.centralized(0); d.keys("?") }},
	"external-id":        {&script{}, func(d *driver) { d.centralized(1) }},
	"account":            {&script{}, func(d *driver) { d.centralized(2); d.keys("down", "down") }},
	"way":                {&script{}, func(d *driver) { d.centralized(3) }},
	"way-profile":        {&script{}, func(d *driver) { d.centralized(3); d.keys("right") }},
	"label":              {&script{}, func(d *driver) { d.centralized(4) }},
	"role":               {&script{}, func(d *driver) { d.perAccount(3) }},
	"role-loading":       {&script{slow: true}, func(d *driver) { d.perAccount(3) }},
	"role-unreadable":    {&script{discover: expired}, func(d *driver) { d.perAccount(3) }},
	"bucket":             {&script{}, func(d *driver) { d.centralized(6) }},
	"bucket-wrong":       {&script{}, func(d *driver) { d.centralized(6); d.keys("ctrl+u", "My_Bucket") }},
	"bucket-new":         {&script{}, func(d *driver) { d.centralized(7) }},
	"bucket-existing":    {&script{}, func(d *driver) { d.perAccount(6) }},
	"bucket-foreign":     {&script{}, func(d *driver) { d.centralized(6); d.keys("ctrl+u", "taken", "enter") }},
	"key":                {&script{}, func(d *driver) { d.centralized(7); d.keys("down", "right", "enter", "down") }},
	"key-refused": {&script{}, func(d *driver) {
		d.centralized(7)
		d.keys("down", "right", "enter", "up", "down", "down", "down", "down", "enter")
	}},
	"key-unreadable":   {&script{noKeys: expired}, func(d *driver) { d.centralized(7); d.keys("down", "right", "enter") }},
	"key-wrong":        {&script{}, func(d *driver) { d.centralized(7); d.keys("down", "right", "enter", "alias/logs") }},
	"resources":        {&script{}, func(d *driver) { d.centralized(8); d.keys("down", "down", "space") }},
	"resources-pasted": {&script{}, func(d *driver) { d.centralized(8); d.paste("111122223333, 777777777777\n12345\n111122223333") }},
	"resource-way":     {&script{}, func(d *driver) { d.centralized(9); d.keys("right") }},
	"regions":          {&script{}, func(d *driver) { d.centralized(10) }},
	"vpcs":             {&script{}, func(d *driver) { d.centralized(11) }},
	"vpcs-filter":      {&script{vpcs: 300}, func(d *driver) { d.centralized(11); d.keys("/", "number 12") }},
	"options":          {&script{}, func(d *driver) { d.centralized(12) }},
	"login": {&script{slow: true}, func(d *driver) {
		d.perAccount(3)
		d.send(lapseMsg{dialog: loginDialog(steps.Lapse{Profile: "log-archive", Account: "111122223333", Command: "aws sso login --profile log-archive", Look: func() {}})})
	}},
	"mfa": {&script{slow: true}, func(d *driver) {
		d.perAccount(3)
		d.send(mfaMsg{dialog: mfaDialog("arn:aws:iam::444455556666:mfa/me", make(chan string, 1))})
		d.keys("123")
	}},
	"vpcs-none-chosen": {&script{}, func(d *driver) {
		d.centralized(11)
		d.keys("n", "enter")
	}},
	"quit":            {&script{}, func(d *driver) { d.centralized(2); d.keys("ctrl+c") }},
	"who-asking":      {&script{slowWho: true}, func(d *driver) { time.Sleep(5 * time.Second) }},
	"who-unfinished":  {&script{}, func(d *driver) { d.remember(); d.keys("r") }},
	"who-no-profiles": {&script{who: expired, noProfiles: true}, func(*driver) {}},
	"who-faults": {&script{who: steps.StepErrors{{Step: steps.StepIdentity, Account: "444455556666", Region: "eu-west-1", Target: "arn:aws:iam::444455556666:role/Entry", Tried: "assume the role",
		Cause: "AccessDenied: no identity-based policy allows sts:AssumeRole", Fix: "let user/admin assume it"}, expired}}, func(*driver) {}},
	"profiles-typed": {&script{}, func(d *driver) { d.keys("down", "enter", "sandbox-of-mine") }},
	"profiles-wrong": {&script{who: expired}, func(d *driver) {
		d.m.connect.Profile = "payents"
		d.keys("r", "enter", "enter")
	}},
	"profiles-none-empty": {&script{noProfiles: true}, func(d *driver) { d.keys("down", "enter", "enter") }},
	"profiles-none-typed": {&script{noProfiles: true}, func(d *driver) { d.keys("down", "enter", "payments", "enter") }},
	"profiles-none":       {&script{noProfiles: true}, func(d *driver) { d.keys("down", "enter") }},
	"profiles-help":       {&script{}, func(d *driver) { d.keys("down", "enter"); d.send(tea.KeyMsg{Type: tea.KeyF1}) }},
	"mode-help":           {&script{}, func(d *driver) { d.keys("enter", "?") }},
	"reader-none":         {&script{}, func(d *driver) { d.centralized(0); d.keys("enter") }},
	"reader-other":        {&script{}, func(d *driver) { d.centralized(0); d.keys("123412341234") }},
	"external-id-other":   {&script{}, func(d *driver) { d.centralized(1); d.keys("xs-of-another") }},
	"external-id-wrong":   {&script{}, func(d *driver) { d.centralized(1); d.keys("a") }},
	"account-meant":       {&script{}, func(d *driver) { d.centralized(2); d.keys("ctrl+u", "Storefr") }},
	"account-as-it-is":    {&script{}, func(d *driver) { d.centralized(2); d.keys("ctrl+u", "666666666666") }},
	"way-empty":           {&script{}, func(d *driver) { d.centralized(3); d.keys("down", "ctrl+u", "enter") }},
	"label-empty":         {&script{}, func(d *driver) { d.centralized(4); d.keys("ctrl+u", "enter") }},
	"role-given-up": {&script{slow: true}, func(d *driver) {
		d.perAccount(3)
		d.send(lapseMsg{dialog: loginDialog(steps.Lapse{Profile: "log-archive", Account: "111122223333", Do: "copy fresh credentials from the AWS access portal", Look: func() {}})})
		d.keys("esc")
	}},
	"role-none":            {&script{none: true}, func(d *driver) { d.perAccount(3) }},
	"bucket-none":          {&script{none: true}, func(d *driver) { d.centralized(6) }},
	"bucket-another":       {&script{buckets: 3}, func(d *driver) { d.centralized(6); d.keys("ctrl+u", "bucket") }},
	"workload-account":     {&script{}, func(d *driver) { d.perAccount(1) }},
	"workload-account-own": {&script{account: "111122223333", discover: expired}, func(d *driver) { d.perAccount(1) }},
	"bucket-picked":        {&script{buckets: 30}, func(d *driver) { d.centralized(6); d.keys("down", "down", "down", "down") }},
	"bucket-unseen":        {&script{unseen: expired}, func(d *driver) { d.centralized(6) }},
	"bucket-reading":       {&script{look: time.Hour}, func(d *driver) { d.centralized(7); time.Sleep(3 * time.Second) }},
	"bucket-unreadable":    {&script{unseen: expired}, func(d *driver) { d.centralized(7) }},
	"bucket-arriving":      {&script{buckets: 3}, func(d *driver) { d.centralized(6); d.keys("ctrl+u", "bucket-0002", "enter") }},
	"bucket-granted":       {&script{buckets: 3}, func(d *driver) { d.centralized(6); d.keys("ctrl+u", "bucket-0001", "enter") }},
	"bucket-new-wrong": {&script{}, func(d *driver) {
		d.centralized(7)
		d.keys("ctrl+u", "moon-1", "down", "down", "down", "ctrl+u", "soon", "enter")
	}},
	"key-elsewhere": {&script{}, func(d *driver) {
		d.centralized(7)
		d.keys("down", "right", "enter", "arn:aws:kms:eu-west-1:444455556666:key/11111111-2222-3333-4444-555555555551")
	}},
	"resources-unreadable": {&script{discover: expired}, func(d *driver) { d.centralized(8) }},
	"resources-adding":     {&script{}, func(d *driver) { d.centralized(8); d.keys("+", "777777777777") }},
	"resources-no-ids":     {&script{}, func(d *driver) { d.centralized(8); d.paste(" , \n") }},
	"resources-gone": {&script{}, func(d *driver) {
		d.centralized(9)
		d.m.engine.(*script).gone = "111122223333"
		d.keys("esc", "space", "space", "r")
	}},
	"resources-help":    {&script{}, func(d *driver) { d.centralized(8); d.keys("?") }},
	"resource-way-help": {&script{}, func(d *driver) { d.centralized(9); d.keys("right"); d.send(tea.KeyMsg{Type: tea.KeyF1}) }},
	"regions-wrong":     {&script{}, func(d *driver) { d.centralized(10); d.paste("eu-west-3, the moon") }},
	"vpcs-reading": {&script{}, func(d *driver) {
		d.centralized(11)
		d.m.engine.(*script).slow = true
		d.m.top().(*checklist).unread()
		d.keys("r")
		time.Sleep(3 * time.Second)
	}},
	"vpcs-unreadable": {&script{}, func(d *driver) {
		d.centralized(11)
		d.m.engine.(*script).discover = expired
		d.m.top().(*checklist).unread()
		d.keys("r")
	}},
	"vpcs-one-unread": {&script{unread: "222233334444"}, func(d *driver) { d.centralized(11) }},
	"vpcs-keep": {&script{}, func(d *driver) {
		d.centralized(11)
		d.keys("space", "enter", "esc")
		d.m.engine.(*script).discover = expired
		d.m.top().(*checklist).forget()
		d.keys("r")
	}},
	"vpcs-missing":  {&script{vpcs: 40}, func(d *driver) { d.centralized(11); d.keys("m", "end") }},
	"vpcs-no-match": {&script{}, func(d *driver) { d.centralized(11); d.keys("/", "zzz", "enter") }},
	"options-wrong": {&script{}, func(d *driver) { d.centralized(12); d.keys("ctrl+u", "my set-up!", "enter") }},
	"options-help":  {&script{}, func(d *driver) { d.centralized(12); d.send(tea.KeyMsg{Type: tea.KeyF1}) }},
	"mfa-empty": {&script{slow: true}, func(d *driver) {
		d.perAccount(3)
		d.send(mfaMsg{dialog: mfaDialog("arn:aws:iam::444455556666:mfa/me", make(chan string, 1))})
		d.keys("enter")
	}},
	"resources-reading": {&script{}, func(d *driver) {
		d.centralized(8)
		d.m.engine.(*script).slow = true
		d.m.top().(*checklist).unread()
		d.keys("r", "enter")
	}},
}
