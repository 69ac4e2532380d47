package diag

// Messages about classes and objects.
var (
	ClassAnnotationMistaken = Message{
		"GW2001", Notice, `the annotation "spec.ingressClassName: {value}" has no effect, because ingressClassName is a field and no annotation; {served}`,
		`remove the annotation and write the field: spec: {ingressClassName: {value}}`,
	}
	ClassNotGiven = Message{
		"GW2002", Notice, "it names no class; {served}",
		"set spec.ingressClassName, or start with --watch-ingress-without-class",
	}
	ClassAssumed = Message{
		"GW2004", Notice, "there is no IngressClass {class} among the manifests; the Ingress is served as if there were one",
		"in a cluster, create the IngressClass with spec.controller {controller}",
	}
	ClassGivenTwice = Message{
		"GW2005", Notice, "the annotation kubernetes.io/ingress.class is not looked at beside spec.ingressClassName",
		"remove the annotation",
	}
	HostInvalid = Message{
		"GW2010", Error, "the host {host} is one that Kubernetes refuses: {reason}; the rule is not served",
		"write a DNS name in lower case, or *. and a DNS name",
	}
	PathInvalid = Message{
		"GW2011", Error, "the path {path} is one that Kubernetes refuses: {reason}; it is not served",
		"write a path that begins with a slash",
	}
	ServiceMissing = Message{
		"GW2012", Error, "the Service {service} does not exist; {consequence}",
		"create it in the namespace of the Ingress, or correct the name",
	}
	ServicePortMissing = Message{
		"GW2013", Error, "the Service {service} has no port {port}; {consequence}",
		"name one of its ports: {ports}",
	}
	BackendResource = Message{
		"GW2014", Warning, "the backend is a resource, which is not carried out; the path is not served",
		"name a Service in place of the resource",
	}
	BackendMissing = Message{
		"GW2015", Error, "the backend names no Service; the path is not served", "name a Service with a port",
	}
	IngressWithoutRules = Message{
		"GW2016", Warning, "it has neither rules nor a default backend, so nothing is served", "add rules or a default backend",
	}
	ServiceNotExternal = Message{
		"GW2017", Error, "the ExternalName Service {service} points at {target}, which is refused: {reason}; {consequence}",
		"point it at a DNS name outside of this host",
	}

	// ClassMissing and the following are about IngressClasses of any class.
	ClassMissing = Message{
		"GW2101", Error, "the IngressClass {class} does not exist",
		"create it, or name one that exists in spec.ingressClassName; until then nobody serves the Ingress",
	}
	ClassDefaults = Message{
		"GW2102", Error, "the Ingress names no class, and {classes} are all default classes",
		"name one in spec.ingressClassName, or leave one default; until then nobody serves the Ingress",
	}
	ClassParamsKind = Message{
		"GW2103", Error, "the parameters of IngressClass {class} are a {kind}, which this class does not read",
		"refer to an IngressClassParams of group elbv2.k8s.aws; until then the class's Ingresses are not served",
	}
	ClassParamsMissing = Message{
		"GW2104", Error, "the IngressClassParams {params} of IngressClass {class} does not exist",
		"create it, or correct spec.parameters; until then the class's Ingresses are not served",
	}
	ClassNamespace = Message{
		"GW2105", Error, "the IngressClassParams {params} does not allow the class {class} in namespace {namespace}",
		"give the namespace labels that its namespaceSelector selects, or use another class; until then the Ingress is not served",
	}

	objectMessages = []Message{
		ClassAnnotationMistaken, ClassNotGiven, ClassAssumed, ClassGivenTwice, HostInvalid, PathInvalid,
		ServiceMissing, ServicePortMissing, BackendResource, BackendMissing, IngressWithoutRules, ServiceNotExternal,
		ClassMissing, ClassDefaults, ClassParamsKind, ClassParamsMissing, ClassNamespace,
	}
)
