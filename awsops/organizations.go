package awsops

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
)

// Organization is the id (o-…) of the organization that the account belongs to; NotFound where it belongs to none.
func (a *Account) Organization(ctx context.Context) (string, error) {
	out, err := a.organizationsClient().DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if err != nil {
		return "", a.explain(err, "organizations:DescribeOrganization", "", "")
	}
	if out.Organization == nil || aws.ToString(out.Organization.Id) == "" {
		return "", &Error{Operation: "organizations:DescribeOrganization", Account: a.ID, Meaning: NotFound, Message: "AWS names no organization that the account belongs to",
			Fix: "set delivery_scope: accounts, or have the account join the organization first"}
	}
	return aws.ToString(out.Organization.Id), nil
}

// OrganizationAccounts lists the accounts of the organization. Only its management account and delegated
// administrators may ask.
func (a *Account) OrganizationAccounts(ctx context.Context) ([]OrganizationAccount, error) {
	var accounts []OrganizationAccount
	pages := organizations.NewListAccountsPaginator(a.organizationsClient(), &organizations.ListAccountsInput{MaxResults: aws.Int32(20)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, a.explain(err, "organizations:ListAccounts", "", "")
		}
		for _, account := range page.Accounts {
			state := string(account.State)
			if state == "" {
				state = string(account.Status) // endpoints older than State (2026-09) answer only this
			}
			accounts = append(accounts, OrganizationAccount{ID: aws.ToString(account.Id), Name: aws.ToString(account.Name), State: state})
		}
	}
	return accounts, nil
}
