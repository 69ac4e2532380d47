package action

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)

// maxName is the longest name of a load balancer, target group or trust store.
const maxName = 32

// checkName checks the name of a resource of a kind.
func checkName(k kind, name *string) error {
	text := aws.ToString(name)
	switch {
	case text == "":
		return required("Name")
	case len(text) > maxName:
		return invalid("The %s name '%s' is %d characters long; at most %d are allowed", k.words(), text, len(text), maxName)
	case !nameForm.MatchString(text):
		return invalid("The %s name '%s' must hold only letters, digits and hyphens, with no hyphen at either end", k.words(), text)
	case k == loadBalancerKind && strings.HasPrefix(text, "internal-"):
		return invalid("The load balancer name '%s' must not begin with 'internal-'", text)
	}
	return nil
}
