package conformance

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
)

// cloud is a client of AWS, of somebody other than our controller.
func (r *rig) cloud() *elb.Client {
	return elb.NewFromConfig(aws.Config{
		Region: r.Cloud().Identity().Region, Credentials: credentials.NewStaticCredentialsProvider("user", "user", ""),
		BaseEndpoint: aws.String(r.Cloud().URL()),
	})
}

// endpoints are the addresses of an app's ready pods, "ip:8080".
func (r *rig) endpoints(t *testing.T, app string) []string {
	t.Helper()
	pods, err := r.core.CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range pods.Items {
		if p := &pods.Items[i]; p.DeletionTimestamp == nil && condition(p, corev1.PodReady) == corev1.ConditionTrue {
			out = append(out, p.Status.PodIP+":8080")
		}
	}
	slices.Sort(out)
	return out
}

func condition(p *corev1.Pod, kind corev1.PodConditionType) corev1.ConditionStatus {
	for _, c := range p.Status.Conditions {
		if c.Type == kind {
			return c.Status
		}
	}
	return ""
}

func TestATargetGroupOfAUserIsFilledByABinding(t *testing.T) {
	r := begin(t)
	made, err := r.cloud().CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String("of-a-user"), TargetType: types.TargetTypeEnumIp, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80),
		VpcId: aws.String(r.Wiring().VPC),
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := aws.ToString(made.TargetGroups[0].TargetGroupArn)
	r.apply(t, app("default", "web", 2), fmt.Sprintf(`
apiVersion: elbv2.k8s.aws/v1beta1
kind: TargetGroupBinding
metadata: {name: mine, namespace: default}
spec:
  targetGroupARN: %s
  serviceRef: {name: web, port: 80}`, arn))
	filled := func(replicas int) {
		t.Helper()
		wait(t, func() string {
			want, got := r.endpoints(t, "web"), r.targets()
			if len(want) != replicas || !slices.Equal(want, got) {
				return fmt.Sprintf("the targets are %v, the pods %v, want %d", got, want, replicas)
			}
			return ""
		})
	}
	filled(2)
	r.kubectl(t, "scale", "deployment", "web", "--replicas=4")
	filled(4)
	r.kubectl(t, "scale", "deployment", "web", "--replicas=1")
	filled(1)
	checkColumns(t, r.kubectl(t, "get", "targetgroupbinding", "mine"), "NAME SERVICE-NAME SERVICE-PORT TARGET-TYPE AGE", "mine web 80 ip")

	r.kubectl(t, "delete", "targetgroupbinding", "mine")
	if left := r.targets(); len(left) > 0 {
		t.Errorf("the binding is gone and has left targets %v", left)
	}
	// The group is its maker's: nobody else takes it away.
	if _, err := r.cloud().DeleteTargetGroup(t.Context(), &elb.DeleteTargetGroupInput{TargetGroupArn: aws.String(arn)}); err != nil {
		t.Error(err)
	}
}

func TestAPodWithAReadinessGateIsReadyOnceItsTargetIsHealthy(t *testing.T) {
	r := begin(t)
	r.apply(t, app("default", "web", 1), ingress{
		namespace: "default", name: "web", class: "alb", paths: []string{"/ web"},
		annotations: []string{
			"scheme: internet-facing", "target-type: ip", `healthcheck-interval-seconds: "5"`, `healthcheck-timeout-seconds: "3"`,
			`healthy-threshold-count: "2"`, "healthcheck-path: /",
		},
	}.String())
	r.settle(t)
	var bindings elbv2.TargetGroupBindingList
	if err := r.all.List(t.Context(), &bindings, client.InNamespace("default")); err != nil || len(bindings.Items) != 1 {
		t.Fatalf("%d bindings, %v", len(bindings.Items), err)
	}
	gate := corev1.PodConditionType(elbv2.ReadinessGatePrefix + bindings.Items[0].Name)
	r.apply(t, strings.ReplaceAll(`
apiVersion: v1
kind: Pod
metadata: {name: gated, namespace: default, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 1
  readinessGates: [{conditionType: GATE}]
  containers: [{name: web, image: "registry.example/web:1", ports: [{containerPort: 8080}]}]`, "GATE", string(gate)))
	before := false
	wait(t, func() string {
		p, err := r.core.CoreV1().Pods("default").Get(t.Context(), "gated", metav1.GetOptions{})
		if err != nil {
			return err.Error()
		}
		healthy := r.health()[p.Status.PodIP+":8080"] == "healthy"
		ready := condition(p, corev1.PodReady) == corev1.ConditionTrue
		if ready && !healthy {
			t.Errorf("the pod is ready while its target is %q", r.health()[p.Status.PodIP+":8080"])
		}
		before = before || !ready && condition(p, corev1.ContainersReady) == corev1.ConditionTrue
		if !ready {
			return fmt.Sprintf("the pod is not ready; conditions %+v, targets %v", p.Status.Conditions, r.health())
		}
		if condition(p, gate) != corev1.ConditionTrue {
			return "the pod is ready without its gate"
		}
		return ""
	})
	if !before {
		t.Error("the pod was ready as soon as its containers were")
	}
}
