package action

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// said makes the message of a modelled error.
func said(format string, args ...any) *string { return aws.String(fmt.Sprintf(format, args...)) }

// invalid says that a member has a value that is never right.
func invalid(format string, args ...any) error {
	return wire.Errorf(wire.ValidationError, format, args...)
}

// conflicting says that a request is well-formed and does not fit what is there.
func conflicting(format string, args ...any) error {
	return &types.InvalidConfigurationRequestException{Message: said(format, args...)}
}

// forbidden says that something may not be done with this resource.
func forbidden(format string, args ...any) error {
	return &types.OperationNotPermittedException{Message: said(format, args...)}
}

// required says that a member is missing.
func required(member string) error { return invalid("%s is required", member) }
