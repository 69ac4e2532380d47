package diag

// Messages about class alb.
var (
	ALBGroupConflict = Message{
		"GW5001", Error, `{key} is "{value}" here, but "{winner}" on {other}, which comes first in group {group}`,
		`write the same value on both, or give the Ingresses groups of their own; until then "{winner}" is used`,
	}
	ALBProtocolConflict = Message{
		"GW5002", Error, "port {port} is {protocol} here, but {winner} on {other}, which comes first in group {group}",
		"choose another port in listen-ports; until then this Ingress is not served on port {port}",
	}
	ALBRedirectPort = Message{
		"GW5003", Error, "ssl-redirect names port {port}, which is not an HTTPS listener of group {group}",
		"add the port to listen-ports as HTTPS, or correct ssl-redirect; until then the Ingress is left out of its group, because serving it without the redirect would show it over plain HTTP",
	}
	ALBDefaultBackends = Message{
		"GW5004", Error, "the default backend of port {port} is given by {other} already, which comes first in group {group}",
		"keep one spec.defaultBackend for each port of a group; until then that of {other} is used",
	}
	ALBPathWildcard = Message{
		"GW5005", Error, `the {type} path "{path}" holds * or ?, which stand for other characters in load balancer paths`,
		"use pathType ImplementationSpecific for a path with wildcards; until then the Ingress is left out of its group",
	}
	ALBPathType = Message{
		"GW5006", Error, `the pathType "{type}" is not known`,
		"use Exact, Prefix or ImplementationSpecific; until then the Ingress is left out of its group",
	}
	ALBMixedMatch = Message{
		"GW5007", Error, "the {field} condition mixes patterns ({globs}) and regular expressions ({regexes})",
		"write all of them in one form; until then the Ingress is left out of its group",
	}
	ALBRegex = Message{
		"GW5008", Error, `the regular expression "{regex}" cannot be used: {reason}`,
		"write it in RE2 syntax, without look-around and back references; until then the Ingress is left out of its group",
	}
	ALBResourceBackend = Message{
		"GW5009", Error, "the backend is not a Service",
		"only Services can be backends of class alb; until then the Ingress is left out of its group",
	}
	ALBActionMissing = Message{
		"GW5010", Warning, `the backend asks for the annotation {key}, which does not exist`,
		"add the annotation, or correct the backend's service name; until then the answer is 503",
	}
	ALBActionMissingRefused = Message{
		"GW5011", Error, `the backend asks for the annotation {key}, which does not exist`,
		"add the annotation, or correct the backend's service name; until then the Ingress is left out of its group",
	}
	ALBServiceMissing = Message{
		"GW5012", Warning, "the Service {service} does not exist",
		"create the Service, or correct its name; until then the answer is 503",
	}
	ALBServiceMissingRefused = Message{
		"GW5013", Error, "the Service {service} does not exist",
		"create the Service, or correct its name; until then the Ingress is left out of its group",
	}
	ALBServicePortMissing = Message{
		"GW5014", Error, "the Service {service} has no port {port}",
		"use one of its ports ({ports}); until then the Ingress is left out of its group",
	}
	ALBNodePortMissing = Message{
		"GW5015", Error, "the Service {service} of type {type} has no node port for port {port}, which target type instance needs",
		"make the Service a NodePort Service, or set target-type: ip; until then the Ingress is left out of its group",
	}
	ALBIPTargetsOff = Message{
		"GW5016", Error, "target type ip is switched off in this controller",
		"use target-type: instance; until then the Ingress is left out of its group",
	}
	ALBTargetsIPv6 = Message{
		"GW5017", Error, "the Service {service} has IPv6 endpoints, but the load balancer has IPv4 addresses only",
		"set ip-address-type: dualstack; until then the Ingress is left out of its group",
	}
	ALBHealthCheckPort = Message{
		"GW5018", Error, `healthcheck-port "{port}" is not a port of the Service {service} with a number: {reason}`,
		"use traffic-port, a number, or the name of a Service port; until then the Ingress is left out of its group",
	}
	ALBControlPort = Message{
		"GW5019", Error, "target-control-port needs target type ip, but the Service {service} has instance targets",
		"set target-type: ip or remove the annotation; until then the Ingress is left out of its group",
	}
	ALBHealthCheckTimeout = Message{
		"GW5020", Error, "the health check of {service} times out after {timeout} s, which is not less than its interval of {interval} s",
		"make healthcheck-timeout-seconds less than healthcheck-interval-seconds; until then it is {used} s",
	}
	ALBAttributeUnknown = Message{
		"GW5021", Warning, "{attribute} is not a known attribute: {reason}",
		"correct its name; it is passed on to AWS and has no effect elsewhere",
	}
	ALBAttributeInvalid = Message{
		"GW5022", Error, `the attribute {attribute} has the value "{value}": {reason}`,
		"correct the value; until then the attribute is left as it is",
	}
	ALBConditionUnknown = Message{
		"GW5023", Warning, `the condition field "{field}" is not known`,
		"use host-header, path-pattern, http-header, http-request-method, query-string or source-ip; it has no effect",
	}
	ALBAuthProvider = Message{
		"GW5024", Error, "auth-type is {type}, but {key} is missing",
		"add {key}; until then the Ingress is left out of its group, because serving it without login would be unsafe",
	}
	ALBAuthSecret = Message{
		"GW5025", Error, "the Secret {secret} of the OpenID provider cannot be used: {reason}",
		"create it in the namespace of the Ingress with the keys clientID and clientSecret; until then the Ingress is left out of its group",
	}
	ALBAuthAndJWT = Message{
		"GW5026", Error, "a rule has auth-type and jwt-validation",
		"keep one of them; until then the Ingress is left out of its group",
	}
	ALBAuthPlainHTTP = Message{
		"GW5027", Warning, "requests on the HTTP port {port} reach their targets without the login or token that HTTPS ports ask for",
		"serve the Ingress on HTTPS ports only, or send HTTP to HTTPS with ssl-redirect",
	}
	ALBExternalTag = Message{
		"GW5028", Error, "the tag {tag} is managed outside of this controller (external-managed-tags)",
		"remove the tag; it is not set",
	}
	ALBTagConflict = Message{
		"GW5029", Error, `the tag {tag} is "{value}" here, but "{winner}" on {other}, which comes first in group {group}`,
		`write the same value on both; until then the shared resources have "{winner}"`,
	}
	ALBBackendGroupOff = Message{
		"GW5030", Error, "manage-backend-security-group-rules needs the shared backend security group, which is switched off in this controller",
		"remove the annotation, or switch the backend security group on; it has no effect",
	}
	ALBListenerUnused = Message{
		"GW5031", Warning, "{key} has no effect: the Ingress has no {what} listener",
		"correct the protocol and port, or add them to listen-ports",
	}
	ALBDeletionProtected = Message{
		"GW5032", Error, "the Ingress is being deleted, but its load balancer has deletion protection",
		"set deletion_protection.enabled=false in load-balancer-attributes; until then it is still served",
	}
	ALBTLSSecret = Message{
		"GW5033", Notice, "class alb does not use the Secret {secret}; the hosts of the tls section only help to find certificates",
		"name a certificate with certificate-arn, or keep one in ACM for these hosts",
	}
	ALBNoCertificate = Message{
		"GW5034", Warning, "the HTTPS listener {port} has no certificate",
		"name one with certificate-arn, or give the rules hosts that a certificate in ACM covers; AWS refuses such a listener, our own data plane serves a self-made certificate",
	}
	ALBSubnetSources = Message{
		"GW5035", Error, "the subnets of group {group} are given by IngressClassParams of {other} and otherwise here",
		"give them in one place; until then those of {other} are used",
	}
	ALBTooManyRules = Message{
		"GW5036", Error, "port {port} of group {group} has more than {limit} rules",
		"give some of the Ingresses a group of their own; the rules of the last ones are left out",
	}
	ALBTooManyListeners = Message{
		"GW5037", Error, "group {group} has {limit} ports already, as many as a load balancer can have",
		"give some of the Ingresses a group of their own; until then this one is not served on port {port}",
	}
	ALBAttributeUnserved = Message{
		"GW5038", Warning, "the attribute {attribute}={value} is kept for AWS, but the data plane that serves here does not carry it out",
		"do not rely on it here; on AWS the load balancer does what it says",
	}
	ALBWithheld = Message{
		"GW5039", Notice, "the Ingress is left out of group {group}, but no other member may serve what it keeps from targets: its rules with a login, token or client certificate answer 503, its redirects and fixed responses are given",
		"correct what leaves the Ingress out",
	}
	ALBCertificatesConflict = Message{
		"GW5040", Error, "port {port} asks for client certificates here, but otherwise on {other}, which comes first in group {group}",
		"write the same mutual-authentication on both, or give the Ingresses groups of their own; until then this Ingress is not served on port {port}: its paths answer 503 there",
	}
	ALBNameTaken = Message{
		"GW5041", Error, `load-balancer-name "{name}" of group {group} is the name of group {holder} already, by {other}`,
		`choose another name for one of the two, in the annotation or in loadBalancerName of its IngressClassParams, or give {other} and this Ingress the same group.name; AWS refuses a second load balancer "{name}", our own data plane serves both`,
	}
	ALBRuleQuotas = Message{
		"GW5042", Warning, "the rule has {values} condition values and {wildcards} wildcards (* and ?); AWS refuses rules with more than {maxValues} values or {maxWildcards} wildcards",
		"spread the hosts, paths and other values over several rules; a Prefix path counts as two values, one of them with a wildcard; our own data plane serves the rule as it is",
	}

	albMessages = []Message{
		ALBGroupConflict, ALBProtocolConflict, ALBRedirectPort, ALBDefaultBackends, ALBPathWildcard, ALBPathType,
		ALBMixedMatch, ALBRegex, ALBResourceBackend, ALBActionMissing, ALBActionMissingRefused, ALBServiceMissing,
		ALBServiceMissingRefused, ALBServicePortMissing, ALBNodePortMissing, ALBIPTargetsOff, ALBTargetsIPv6,
		ALBHealthCheckPort, ALBControlPort, ALBHealthCheckTimeout, ALBAttributeUnknown, ALBAttributeInvalid,
		ALBConditionUnknown, ALBAuthProvider, ALBAuthSecret, ALBAuthAndJWT, ALBAuthPlainHTTP, ALBExternalTag,
		ALBTagConflict, ALBBackendGroupOff, ALBListenerUnused, ALBDeletionProtected, ALBTLSSecret, ALBNoCertificate,
		ALBSubnetSources, ALBTooManyRules, ALBTooManyListeners, ALBAttributeUnserved, ALBWithheld,
		ALBCertificatesConflict, ALBNameTaken, ALBRuleQuotas,
	}
)
