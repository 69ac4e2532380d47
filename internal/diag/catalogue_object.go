package diag

// Messages about classes and objects.
var (
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

	objectMessages = []Message{ClassMissing, ClassDefaults, ClassParamsKind, ClassParamsMissing, ClassNamespace}
)
