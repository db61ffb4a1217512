// Package policy holds IAM policy documents as values: read, merge, remove, compare, measure and evaluate.
//
// It is pure: nothing here calls AWS, reads a file or knows what a set-up is.
package policy
