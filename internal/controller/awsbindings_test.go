package controller_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elasticlb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

// byHand is somebody who uses AWS beside the controller.
type byHand struct {
	*lab.Process
	t *testing.T
}

func (a *account) byHand() byHand {
	a.t.Helper()
	p, err := a.Start(a.t.Context(), lab.ProcessOptions{Cluster: clusterName, VPC: clusterVPC})
	if err != nil {
		a.t.Fatal(err)
	}
	return byHand{p, a.t}
}

// group makes a target group for addresses in a VPC.
func (h byHand) group(name, vpc string) string {
	h.t.Helper()
	port := int32(80)
	out, err := h.Clients.ELB.CreateTargetGroup(h.t.Context(), &elasticlb.CreateTargetGroupInput{
		Name: &name, VpcId: &vpc, Port: &port, Protocol: elbtypes.ProtocolEnumHttp, TargetType: elbtypes.TargetTypeEnumIp,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return *out.TargetGroups[0].TargetGroupArn
}

// targets lists what a group has, sorted; "address all" is registered for all zones.
func (h byHand) targets(arn string) []string {
	h.t.Helper()
	out, err := h.Clients.ELB.DescribeTargetHealth(h.t.Context(), &elasticlb.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if err != nil {
		h.t.Fatal(err)
	}
	var list []string
	for _, d := range out.TargetHealthDescriptions {
		if d.TargetHealth.State == elbtypes.TargetHealthStateEnumDraining {
			continue
		}
		text := *d.Target.Id
		if d.Target.AvailabilityZone != nil && *d.Target.AvailabilityZone == "all" {
			text += " all"
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}

func userBinding(spec elbv2.TargetGroupBindingSpec) *elbv2.TargetGroupBinding {
	spec.ServiceRef = elbv2.ServiceReference{Name: "web", Port: intstr.FromInt32(80)}
	return &elbv2.TargetGroupBinding{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "mine"}, Spec: spec}
}

// gone waits until a binding has left the cluster.
func gone(b controller.Bench, tgb *elbv2.TargetGroupBinding, t *testing.T) {
	t.Helper()
	if err := b.Client().Delete(t.Context(), tgb); err != nil {
		t.Fatal(err)
	}
	b.Until("the binding is gone", func() bool {
		return apierrors.IsNotFound(b.Client().Get(t.Context(), client.ObjectKeyFromObject(tgb), &elbv2.TargetGroupBinding{}))
	})
}

func TestABindingByNameFillsATargetGroupOfAnotherAccountInAPeeredVPC(t *testing.T) {
	b, a := controller.NewBench(t), newAccount(t)
	h := a.byHand()
	cidr := "10.99.0.0/16"
	other, err := h.Clients.EC2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: &cidr})
	if err != nil {
		t.Fatal(err)
	}
	arn := h.group("theirs", *other.Vpc.VpcId)
	b.Start(a.options(b))
	mine := userBinding(elbv2.TargetGroupBindingSpec{
		TargetGroupName: "theirs", IAMRoleARNToAssume: "arn:aws:iam::210987654321:role/targets", AssumeRoleExternalID: "gate",
	})
	if err := b.Client().Create(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	b.Until("the pod is registered for all zones", func() bool { return slices.Equal(h.targets(arn), []string{"10.42.64.32 all"}) })
	b.Until("the binding is ready", func() bool { n, settled := b.Settled(); return n == 1 && settled })
	var now elbv2.TargetGroupBinding
	if err := b.Client().Get(t.Context(), client.ObjectKeyFromObject(mine), &now); err != nil {
		t.Fatal(err)
	}
	if s := now.Spec; s.TargetGroupARN != arn || s.TargetType != "ip" || s.VPCID != *other.Vpc.VpcId || s.IPAddressType != "ipv4" {
		t.Errorf("the spec was completed as %+v", s)
	}
	gone(b, mine, t)
	if left := h.targets(arn); len(left) > 0 {
		t.Errorf("targets are left: %v", left)
	}
}

func TestClustersShareATargetGroupAndTakeOutOnlyTheirOwn(t *testing.T) {
	b, a := controller.NewBench(t), newAccount(t)
	h := a.byHand()
	arn := h.group("shared", clusterVPC)
	theirs := "10.42.64.99"
	_, err := h.Clients.ELB.RegisterTargets(t.Context(), &elasticlb.RegisterTargetsInput{
		TargetGroupArn: &arn, Targets: []elbtypes.TargetDescription{{Id: &theirs}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Start(a.options(b))
	mine := userBinding(elbv2.TargetGroupBindingSpec{TargetGroupARN: arn, MultiClusterTargetGroup: true})
	if err := b.Client().Create(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	b.Until("the binding is ready", func() bool { n, settled := b.Settled(); return n == 1 && settled })
	if got := h.targets(arn); !slices.Equal(got, []string{"10.42.64.32", theirs}) {
		t.Errorf("the group has %v", got)
	}
	key := client.ObjectKey{Namespace: "shop", Name: "aws-lbc-targets-mine"}
	var kept corev1.ConfigMap
	if err := b.Client().Get(t.Context(), key, &kept); err != nil || kept.Data["targets"] != "10.42.64.32:8080" {
		t.Errorf("kept: %v, %v", kept.Data, err)
	}
	gone(b, mine, t)
	if got := h.targets(arn); !slices.Equal(got, []string{theirs}) {
		t.Errorf("after the binding is gone the group has %v", got)
	}
	if err := b.Client().Get(t.Context(), key, &kept); !apierrors.IsNotFound(err) {
		t.Errorf("the ConfigMap is left: %v", err)
	}
}

func TestTargetsThatSomebodyTookOutComeBackWhenEverythingIsLookedAt(t *testing.T) {
	b, a := controller.NewBench(t), newAccount(t)
	h := a.byHand()
	arn := h.group("mine", clusterVPC)
	o := a.options(b)
	o.Cloud.SyncInterval = 300 * time.Millisecond
	b.Start(o)
	if err := b.Client().Create(t.Context(), userBinding(elbv2.TargetGroupBindingSpec{TargetGroupARN: arn})); err != nil {
		t.Fatal(err)
	}
	ours := []string{"10.42.64.32"}
	b.Until("the pod is registered", func() bool { return slices.Equal(h.targets(arn), ours) })
	port := int32(8080)
	_, err := h.Clients.ELB.DeregisterTargets(t.Context(), &elasticlb.DeregisterTargetsInput{
		TargetGroupArn: &arn, Targets: []elbtypes.TargetDescription{{Id: &ours[0], Port: &port}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Until("it is registered again", func() bool { return slices.Equal(h.targets(arn), ours) })
}
