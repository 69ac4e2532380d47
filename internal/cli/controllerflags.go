package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/plan"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// Roles of a controller.
const (
	roleController = "controller"
	roleProxy      = "proxy"
	roleAll        = "all"
)

// controllerFlags are the flags of controller. Those of the AWS controller and of ingress-nginx keep their names; where the
// two share one, that of class nginx has "nginx-" before it.
type controllerFlags struct {
	role, classes       string
	kubeconfig, context string
	installCRDs         bool
	logLevel            string
	gates               gates

	cluster, watchNamespace, secretsLabel string
	health, metrics                       string
	elect                                 bool
	electionID, electionNamespace         string
	syncPeriod                            time.Duration
	quiet, ceiling                        time.Duration
	policy                                string
	dryRun                                bool

	aws   awsFlags
	alb   albFlags
	nginx nginxFlags
}

// awsFlags say how AWS is reached.
type awsFlags struct {
	region, vpc         string
	vpcTags             map[string]string
	maxRetries          int
	endpoints, throttle string
	endpoint            string
}

// albFlags are about load balancers and their targets.
type albFlags struct {
	ingressClass, loadBalancerClass        string
	tolerateService, tolerateAction        bool
	authorities                            []string
	defaultTags                            map[string]string
	externalTags                           []string
	targetType, scheme, sslPolicy          string
	backendGroup                           bool
	backendGroupID                         string
	manageRules, unrestricted              bool
	shield, wafv2                          bool
	ingressConcurrency, serviceConcurrency int
	bindingConcurrency, maxTargets         int
	bindingBackoff, bindingRequeue         time.Duration
	groupTags                              map[string]string
}

// nginxFlags are about class nginx.
type nginxFlags struct {
	address                       string
	httpPort, httpsPort           uint16
	ingressClass, controllerClass string
	byName, withoutClass          bool
	configMap, defaultBackend     string
	defaultCertificate            string
	disableCatchAll               bool
	passthrough                   bool
	publishService                string
	publishAddress                []string
	internalAddress               bool
	updateStatus, clearStatus     bool
	electionID                    string
	accessLog                     string
	driver                        string
	http3                         bool
	limits                        clientLimits
	outliers                      upstream.Outliers
	raceAfter                     time.Duration
	grace                         time.Duration
}

func (f *controllerFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.role, "role", roleAll, "controller (load balancers of AWS), proxy (class nginx, served by this process) or all")
	flags.StringVar(&f.classes, "classes", "", "classes to serve, a list of alb, nlb and nginx; those of the role when empty")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig file; without it KUBECONFIG, the pod's service account or ~/.kube/config")
	flags.StringVar(&f.context, "context", "", "context of the kubeconfig file")
	flags.BoolVar(&f.installCRDs, "install-crds", false, "install the custom resource definitions first, or update them")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&f.watchNamespace, "watch-namespace", "", "the only namespace to watch; all when empty")
	flags.StringVar(&f.secretsLabel, "required-secrets-label", "", "label, as key=value, that Secrets must have to be read")
	flags.StringVar(&f.metrics, "metrics-bind-addr", ":8080", "address of /metrics; 0 for none")
	flags.StringVar(&f.health, "health-probe-bind-addr", ":61779", "address of /healthz and /readyz; 0 for none")
	flags.BoolVar(&f.elect, "enable-leader-election", true, "let one of several replicas write")
	flags.StringVar(&f.electionNamespace, "leader-election-namespace", "", "namespace of leases and checkpoints; that of the pod, or kube-system")
	flags.DurationVar(&f.syncPeriod, "sync-period", 10*time.Hour, "how often everything is compared with AWS although nothing changed")
	flags.DurationVar(&f.quiet, "hold-off", 100*time.Millisecond, "how long nothing must have changed before changes are taken in")
	flags.DurationVar(&f.ceiling, "hold-off-ceiling", time.Second, "how long changes are held back at most")
	flags.StringVar(&f.policy, "policy", string(plan.Sync), "how far AWS is brought in line: sync, never-delete (no resource is deleted) or upsert-only (nothing is taken away)")
	flags.Var(&f.gates, "feature-gates", "list of Name=true and Name=false")
	f.addAWS(c)
	f.addALB(c)
	f.nginx.add(c)
	addUnsupported(c)
}

func (f *controllerFlags) addAWS(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.cluster, "cluster-name", "", "name of the cluster, which is part of names and tags in AWS; needed for classes alb and nlb")
	flags.StringVar(&f.aws.region, "aws-region", "", "AWS region; that of the environment, the configuration or the instance when empty")
	flags.StringVar(&f.aws.vpc, "aws-vpc-id", "", "VPC of the cluster; that of --aws-vpc-tags or of the instance when empty")
	flags.StringToStringVar(&f.aws.vpcTags, "aws-vpc-tags", nil, "tags that the VPC of the cluster has, as key=value")
	flags.IntVar(&f.aws.maxRetries, "aws-max-retries", 10, "how often a call that failed is sent again")
	flags.StringVar(&f.aws.endpoints, "aws-api-endpoints", "", "URLs by service, as Service1=URL1,Service2=URL2")
	flags.StringVar(&f.aws.endpoint, "aws-endpoint", "", "one URL for all services, above AWS_ENDPOINT_URL; for gwanmun elbapi")
	flags.StringVar(&f.aws.throttle, "aws-api-throttle", "", "limits of calls, as Service:Pattern=rate:burst, separated by commas")
	flags.StringVar(&f.electionID, "leader-election-id", controller.CloudLease, "name of the lease for writing to AWS")
}

func (f *controllerFlags) addALB(c *cobra.Command) {
	flags, a := c.Flags(), &f.alb
	flags.StringVar(&a.ingressClass, "ingress-class", "alb", "value of the annotation kubernetes.io/ingress.class of class alb; empty takes Ingresses without class too")
	flags.StringVar(&a.loadBalancerClass, "load-balancer-class", "service.k8s.aws/nlb", "spec.loadBalancerClass of Services of class nlb")
	flags.BoolVar(&a.tolerateService, "tolerate-non-existent-backend-service", true, "answer 503 for a Service that does not exist, in place of leaving the Ingress out")
	flags.BoolVar(&a.tolerateAction, "tolerate-non-existent-backend-action", true, "answer 503 for an action that does not exist, in place of leaving the Ingress out")
	flags.StringSliceVar(&a.authorities, "allowed-certificate-authority-arns", nil, "authorities whose certificates may be discovered; all when empty")
	flags.StringToStringVar(&a.defaultTags, "default-tags", nil, "tags of every AWS resource, as key=value")
	flags.StringSliceVar(&a.externalTags, "external-managed-tags", nil, "keys of tags that others manage")
	flags.StringVar(&a.targetType, "default-target-type", "instance", "instance or ip")
	flags.StringVar(&a.scheme, "default-load-balancer-scheme", "internal", "internal or internet-facing")
	flags.StringVar(&a.sslPolicy, "default-ssl-policy", "ELBSecurityPolicy-2016-08", "security policy of HTTPS and TLS listeners")
	flags.BoolVar(&a.backendGroup, "enable-backend-security-group", true, "let targets know load balancers by a security group that all of them share")
	flags.StringVar(&a.backendGroupID, "backend-security-group", "", "id of an existing security group for that")
	flags.BoolVar(&a.manageRules, "enable-manage-backend-security-group-rules", false, "let load balancers with security groups of the user's own in to targets as well")
	flags.BoolVar(&a.unrestricted, "disable-restricted-sg-rules", false, "let load balancers in to all ports of targets")
	flags.BoolVar(&a.shield, "enable-shield", true, "carry out annotations about Shield")
	flags.BoolVar(&a.wafv2, "enable-wafv2", true, "carry out annotations about WAFv2")
	flags.IntVar(&a.ingressConcurrency, "ingress-max-concurrent-reconciles", 3, "load balancers that are worked on at once; the larger one of this and the flag for Services counts")
	flags.IntVar(&a.serviceConcurrency, "service-max-concurrent-reconciles", 3, "load balancers that are worked on at once; the larger one of this and the flag for Ingresses counts")
	flags.IntVar(&a.bindingConcurrency, "targetgroupbinding-max-concurrent-reconciles", 3, "TargetGroupBindings that are worked on at once")
	flags.DurationVar(&a.bindingBackoff, "targetgroupbinding-max-exponential-backoff-delay", 1000*time.Second, "longest pause between tries of a TargetGroupBinding")
	flags.DurationVar(&a.bindingRequeue, "targetgroupbinding-requeue-duration", 15*time.Second, "how often targets are looked at while pods wait for their health")
	flags.IntVar(&a.maxTargets, "max-targets-per-target-group", 0, "most targets of a target group; 0 is without limit")
	flags.StringToStringVar(&a.groupTags, "service-target-eni-security-group-tags", nil, "tags of the security group that takes the rules of targets, as key=value")
}

func (n *nginxFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&n.address, "address", "0.0.0.0", "address that class nginx listens on")
	flags.Uint16Var(&n.httpPort, "http-port", 80, "port of class nginx for HTTP")
	flags.Uint16Var(&n.httpsPort, "https-port", 443, "port of class nginx for HTTPS")
	flags.StringVar(&n.ingressClass, "nginx-ingress-class", "nginx", "value of the annotation kubernetes.io/ingress.class of class nginx")
	flags.StringVar(&n.controllerClass, "controller-class", "k8s.io/ingress-nginx", "spec.controller of IngressClasses of class nginx")
	flags.BoolVar(&n.byName, "ingress-class-by-name", false, "take the IngressClass named like --nginx-ingress-class whatever its controller")
	flags.BoolVar(&n.withoutClass, "watch-ingress-without-class", false, "give Ingresses without any class to class nginx")
	flags.StringVar(&n.configMap, "configmap", "", "ConfigMap with settings of class nginx, as namespace/name")
	flags.StringVar(&n.defaultBackend, "default-backend-service", "", "Service for requests that nobody serves, as namespace/name")
	flags.StringVar(&n.defaultCertificate, "default-ssl-certificate", "", "Secret with the certificate for names that have no other, as namespace/name")
	flags.BoolVar(&n.disableCatchAll, "disable-catch-all", false, "leave Ingresses with a default backend alone")
	flags.BoolVar(&n.passthrough, "enable-ssl-passthrough", false, "carry out the annotation ssl-passthrough: TLS of some hosts goes to their Services undecrypted")
	flags.StringVar(&n.publishService, "publish-service", "", "Service whose addresses statuses show, as namespace/name")
	flags.StringSliceVar(&n.publishAddress, "publish-status-address", nil, "addresses that statuses show; excludes --publish-service")
	flags.BoolVar(&n.internalAddress, "report-node-internal-ip-address", false, "show internal addresses of nodes in statuses, not external ones")
	flags.BoolVar(&n.updateStatus, "update-status", true, "write statuses of class nginx")
	flags.BoolVar(&n.clearStatus, "update-status-on-shutdown", true, "clear statuses of class nginx when the last replica stops")
	flags.StringVar(&n.electionID, "election-id", controller.NginxLease, "name of the lease for writing statuses of class nginx")
	flags.StringVar(&n.accessLog, "access-log", "-", `file that gets a line per request, "-" for standard output, empty for none`)
	flags.StringVar(&n.driver, "driver", "", driverUsage)
	flags.BoolVar(&n.http3, "http3", false, http3Usage)
	n.limits.add(c)
	flags.IntVar(&n.outliers.Failures, "outlier-failures", 0, "requests that fail in a row before a target of class nginx gets a pause; never when 0")
	flags.DurationVar(&n.outliers.Pause, "outlier-pause", 30*time.Second, "how long the first pause of such a target takes; further ones take longer")
	flags.DurationVar(&n.raceAfter, "race-connect-after", 0, "how long connecting to a target of class nginx may take before another one is tried beside it; for ever when 0")
	flags.DurationVar(&n.grace, "shutdown-grace-period", 10*time.Second, "how long requests may take after the end was asked for")
}

// wants says whether a class is to be served.
func (f *controllerFlags) wants(class string) bool {
	list := f.classes
	if list == "" {
		list = map[string]string{roleController: "alb,nlb", roleProxy: "nginx"}[f.role]
	}
	if list == "" {
		list = "alb,nlb,nginx"
	}
	for c := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(c) == class {
			return true
		}
	}
	return false
}

// check finds mistakes in the flags, those of the original's start among them.
func (f *controllerFlags) check() error {
	cloud := f.wants("alb") || f.wants("nlb")
	switch {
	case f.role != roleController && f.role != roleProxy && f.role != roleAll:
		return fmt.Errorf("--role %q is none of controller, proxy and all", f.role)
	case !cloud && !f.wants("nginx"):
		return fmt.Errorf("--classes %q names none of alb, nlb and nginx", f.classes)
	case f.role == roleProxy && cloud:
		return fmt.Errorf("--role proxy serves class nginx only; take alb and nlb out of --classes, or choose --role all")
	case f.role == roleController && f.wants("nginx"):
		return fmt.Errorf("--role controller serves no class nginx; take it out of --classes, or choose --role all")
	case cloud && f.cluster == "":
		return fmt.Errorf("--cluster-name is needed for classes alb and nlb")
	case !slices.Contains(plan.Policies(), plan.Policy(f.policy)):
		return fmt.Errorf("--policy %q is none of sync, never-delete and upsert-only", f.policy)
	case f.nginx.publishService != "" && len(f.nginx.publishAddress) > 0:
		return fmt.Errorf("--publish-service and --publish-status-address exclude each other")
	}
	for class := range strings.SplitSeq(f.classes, ",") {
		if c := strings.TrimSpace(class); c != "" && c != "alb" && c != "nlb" && c != "nginx" {
			return fmt.Errorf("--classes: there is no class %q; there are alb, nlb and nginx", c)
		}
	}
	return f.alb.check()
}

func (a *albFlags) check() error {
	switch {
	case a.backendGroupID != "" && !strings.HasPrefix(a.backendGroupID, "sg-"):
		return fmt.Errorf("--backend-security-group %q is no id of a security group, which begins with sg-", a.backendGroupID)
	case a.manageRules && !a.backendGroup:
		return fmt.Errorf("--enable-manage-backend-security-group-rules needs --enable-backend-security-group")
	case a.targetType != "instance" && a.targetType != "ip":
		return fmt.Errorf("--default-target-type %q is neither instance nor ip", a.targetType)
	case a.scheme != "internal" && a.scheme != "internet-facing":
		return fmt.Errorf("--default-load-balancer-scheme %q is neither internal nor internet-facing", a.scheme)
	}
	for key := range a.defaultTags {
		if isTrackingTag(key) {
			return fmt.Errorf("--default-tags: the tag %s is the controller's own", key)
		}
	}
	for _, key := range a.externalTags {
		if _, both := a.defaultTags[key]; both || isTrackingTag(key) {
			return fmt.Errorf("--external-managed-tags: the tag %s is set by the controller", key)
		}
	}
	return nil
}

// isTrackingTag says whether a tag says what a resource belongs to.
func isTrackingTag(key string) bool {
	switch key {
	case "elbv2.k8s.aws/cluster", "elbv2.k8s.aws/resource",
		"ingress.k8s.aws/stack", "ingress.k8s.aws/resource", "service.k8s.aws/stack", "service.k8s.aws/resource":
		return true
	}
	return false
}
