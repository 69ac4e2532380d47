package side

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// The SDK's module of IAM is not used: these are the few shapes that are needed of it, under the names they have on the wire.

// ServerCertificateMetadata describes a server certificate.
type ServerCertificateMetadata struct {
	Arn        *string
	Expiration *time.Time
	Path       *string
	//lint:ignore ST1003 the name on the wire
	ServerCertificateId   *string
	ServerCertificateName *string
	UploadDate            *time.Time
}

// ServerCertificate is a server certificate without its key.
type ServerCertificate struct {
	CertificateBody           *string
	CertificateChain          *string
	ServerCertificateMetadata *ServerCertificateMetadata
	Tags                      []IAMTag
}

// IAMTag is a tag of IAM.
type IAMTag struct {
	Key   *string
	Value *string
}

// ListServerCertificatesInput is the input of ListServerCertificates.
type ListServerCertificatesInput struct {
	Marker     *string
	MaxItems   *int32
	PathPrefix *string
}

// ListServerCertificatesOutput is the output of ListServerCertificates.
type ListServerCertificatesOutput struct {
	IsTruncated                   bool
	Marker                        *string
	ServerCertificateMetadataList []ServerCertificateMetadata
}

// GetServerCertificateInput is the input of GetServerCertificate.
type GetServerCertificateInput struct {
	ServerCertificateName *string
}

// GetServerCertificateOutput is the output of GetServerCertificate.
type GetServerCertificateOutput struct {
	ServerCertificate *ServerCertificate
}

// CreateServiceLinkedRoleInput is the input of CreateServiceLinkedRole.
type CreateServiceLinkedRoleInput struct {
	AWSServiceName *string
	CustomSuffix   *string
	Description    *string
}

// Role is a role of IAM, as much of it as CreateServiceLinkedRole shows.
type Role struct {
	Arn                      *string
	AssumeRolePolicyDocument *string
	CreateDate               *time.Time
	Description              *string
	Path                     *string
	//lint:ignore ST1003 the name on the wire
	RoleId   *string
	RoleName *string
}

// CreateServiceLinkedRoleOutput is the output of CreateServiceLinkedRole.
type CreateServiceLinkedRoleOutput struct {
	Role *Role
}

// ListServerCertificates lists the server certificates of the world file.
func (s *Side) ListServerCertificates(_ context.Context, in *ListServerCertificatesInput) (*ListServerCertificatesOutput, error) {
	size := 100
	if in.MaxItems != nil {
		size = int(*in.MaxItems)
	}
	if size < 1 || size > 1000 {
		return nil, wire.Errorf(wire.ValidationError, "1 validation error detected: Value '%d' at 'maxItems' failed to satisfy constraint: Member must have value from 1 to 1000", size)
	}
	return view(s, func(st *world.State) (*ListServerCertificatesOutput, error) {
		var all []*world.ServerCertificate
		for _, c := range world.Sorted(st.ServerCertificates) {
			if strings.HasPrefix(certificatePath(c), aws.ToString(in.PathPrefix)) {
				all = append(all, c)
			}
		}
		rows, next, ok := page(all, func(c *world.ServerCertificate) string { return c.Name }, size, in.Marker)
		if !ok {
			return nil, wire.Errorf(wire.ValidationError, "Invalid Marker.")
		}
		return &ListServerCertificatesOutput{
			IsTruncated: next != nil, Marker: next,
			ServerCertificateMetadataList: shown(rows, func(c *world.ServerCertificate) ServerCertificateMetadata { return metadata(st, c) }),
		}, nil
	})
}

func certificatePath(c *world.ServerCertificate) string {
	if c.Path == "" {
		return "/"
	}
	return c.Path
}

func metadata(st *world.State, c *world.ServerCertificate) ServerCertificateMetadata {
	sum := sha256.Sum256([]byte(c.Name))
	id := c.ID
	if id == "" {
		id = "ASCA" + strings.ToUpper(hex.EncodeToString(sum[:]))[:17]
	}
	out := ServerCertificateMetadata{
		Arn:  aws.String(st.Identity.GlobalARN("iam", "server-certificate"+certificatePath(c)+c.Name)),
		Path: aws.String(certificatePath(c)), ServerCertificateId: aws.String(id), ServerCertificateName: aws.String(c.Name),
	}
	if leaf := leafOf(c.Chain); leaf != nil {
		out.Expiration, out.UploadDate = aws.Time(leaf.NotAfter), aws.Time(leaf.NotBefore)
	}
	return out
}

// GetServerCertificate shows one server certificate.
func (s *Side) GetServerCertificate(_ context.Context, in *GetServerCertificateInput) (*GetServerCertificateOutput, error) {
	return view(s, func(st *world.State) (*GetServerCertificateOutput, error) {
		c, ok := st.ServerCertificates[aws.ToString(in.ServerCertificateName)]
		if !ok {
			return nil, wire.Errorf("NoSuchEntity", "The Server Certificate with name %s cannot be found.", aws.ToString(in.ServerCertificateName))
		}
		m := metadata(st, c)
		out := &ServerCertificate{ServerCertificateMetadata: &m, Tags: []IAMTag{}}
		if block, rest := pem.Decode([]byte(c.Chain)); block != nil {
			out.CertificateBody = aws.String(string(pem.EncodeToMemory(block)))
			if text := strings.TrimSpace(string(rest)); text != "" {
				out.CertificateChain = aws.String(text + "\n")
			}
		}
		return &GetServerCertificateOutput{ServerCertificate: out}, nil
	})
}

var serviceName = regexp.MustCompile(`^([a-z0-9-]+)\.amazonaws\.com$`)

// CreateServiceLinkedRole says what the role would be. The one of load balancing exists in most accounts, and is refused.
func (s *Side) CreateServiceLinkedRole(_ context.Context, in *CreateServiceLinkedRoleInput) (*CreateServiceLinkedRoleOutput, error) {
	m := serviceName.FindStringSubmatch(aws.ToString(in.AWSServiceName))
	if m == nil {
		return nil, wire.Errorf("InvalidInput", "Service principal %q is not valid.", aws.ToString(in.AWSServiceName))
	}
	if m[1] == "elasticloadbalancing" {
		return nil, wire.Errorf("InvalidInput", "Service role name AWSServiceRoleForElasticLoadBalancing has been taken in this account, please try a different suffix.")
	}
	me := s.world.Identity()
	name, path := "AWSServiceRoleFor"+m[1], "/aws-service-role/"+m[0]+"/"
	if x := aws.ToString(in.CustomSuffix); x != "" {
		name += "_" + x
	}
	sum := sha256.Sum256([]byte(name))
	return &CreateServiceLinkedRoleOutput{Role: &Role{
		Arn: aws.String(me.GlobalARN("iam", "role"+path+name)), Path: aws.String(path), RoleName: aws.String(name), Description: in.Description,
		RoleId: aws.String("AROA" + strings.ToUpper(hex.EncodeToString(sum[:]))[:17]), CreateDate: aws.Time(s.world.Now().UTC()),
		AssumeRolePolicyDocument: aws.String("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D"),
	}}, nil
}
