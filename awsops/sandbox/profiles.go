package sandbox

// Profiles gives the profiles of the sandbox, by name, with the ARN of the role that each assumes from the starting credentials.
func (s *Sandbox) Profiles() map[string]string {
	roles := make(map[string]string, len(profiles))
	for _, p := range profiles {
		roles[p.name] = "arn:aws:iam::" + p.account + ":role/" + memberRole
	}
	return roles
}

// ProfileNames are the names of the profiles of the sandbox.
func ProfileNames() []string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.name)
	}
	return names
}
