package client

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// roleSession names our sessions in the other account's logs.
const roleSession = "gwanmun"

// As are clients with the rights of a role, often of another account: for target groups that are not ours. The external id is
// what the role's owner demands; empty for none. Credentials are fetched with the first call and renewed before they end;
// calls are counted together with all others.
func (c *Clients) As(role, externalID string) *Clients {
	provider := stscreds.NewAssumeRoleProvider(c.STS, role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = roleSession
		if externalID != "" {
			o.ExternalID = &externalID
		}
	})
	conf := c.conf.Copy()
	conf.Credentials = aws.NewCredentialsCache(provider)
	out := &Clients{Region: c.Region, counter: c.counter, conf: conf, options: c.options}
	out.connect(conf, c.options)
	return out
}
