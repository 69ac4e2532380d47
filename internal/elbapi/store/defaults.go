package store

import "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

// Keys of attributes whose default depends on a target group's protocol or type.
const (
	PreserveClientIP      = "preserve_client_ip.enabled"
	ConnectionTermination = "deregistration_delay.connection_termination.enabled"
)

// Defaults are the attributes whose default differs from the table's for this group: those behind network load balancers
// that depend on protocol and target type.
func (g *TargetGroup) Defaults() map[string]string {
	switch g.Protocol {
	case types.ProtocolEnumTcp, types.ProtocolEnumTls:
		if g.Type == types.TargetTypeEnumIp {
			return map[string]string{PreserveClientIP: "false"}
		}
	case types.ProtocolEnumUdp, types.ProtocolEnumTcpUdp:
		return map[string]string{ConnectionTermination: "true"}
	}
	return nil
}
