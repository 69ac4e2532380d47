package diag

// Messages about class nginx.
var (
	NginxUnprotected = Message{
		"GW4001", Error, "{key} is not carried out here: {why}; {what} answer 503 rather than be served without it",
		"remove it once {what} may be served without it, or serve it with a controller that carries it out",
	}
	NginxTooRisky = Message{
		"GW4002", Error, "{key} has the risk {risk}, more than the {level} that annotations-risk-level allows; the Ingress's paths answer 503",
		"remove the annotation, or raise annotations-risk-level in the controller's ConfigMap",
	}
	NginxBlockedWord = Message{
		"GW4003", Error, "the value of {key} holds the blocked text {word}; the Ingress is not served",
		"remove the text, or take it off annotation-value-word-blocklist in the controller's ConfigMap",
	}
	NginxPathTaken = Message{
		"GW4004", Warning, "{path} ({type}) of host {host} is already taken by {other}, which comes first; this one is not served",
		"change one of the two paths, or make this Ingress a canary",
	}
	NginxPathTwice = Message{
		"GW4005", Warning, "{path} ({type}) of host {host} is here for the second time; the first one is served",
		"remove one of the two",
	}
	NginxRegexHost = Message{
		"GW4006", Notice, "the paths of host {host} are regular expressions without regard to case, because {other} has {key}",
		"if that is not wanted, move one of the Ingresses to another host",
	}
	NginxPathPattern = Message{
		"GW4007", Error, "the path {path} of host {host} is no usable regular expression: {reason}; {consequence}",
		"write it in RE2 syntax, which has no look-around and no back-references",
	}
	NginxPathType = Message{
		"GW4008", Warning, "the path {path} of type {type} holds characters other than letters, digits and /._-, which ingress-nginx's webhook refuses",
		"use pathType ImplementationSpecific for regular expressions",
	}
	NginxRewriteGroup = Message{
		"GW4009", Error, "rewrite-target refers to ${group}, which the path {path} does not have; the path answers 503",
		"refer to a group of the path: $1 to $9, or the name of one",
	}

	NginxAuthIncomplete = Message{
		"GW4010", Error, "basic authentication cannot be carried out: {reason}; the Ingress's paths answer 503",
		"create the Secret with the users and name it in auth-secret",
	}
	NginxAuthLine = Message{
		"GW4011", Warning, "{place} of the Secret {secret} is no user with a password hash: {reason}; that user cannot log in",
		"write user:hash, as htpasswd does",
	}
	NginxAuthOff = Message{
		"GW4012", Warning, "{key} has no effect without the annotation auth-type: the paths ask for no login",
		"set auth-type to \"basic\", or remove {key}",
	}
	NginxWithheld = Message{
		"GW4013", Notice, "the Ingress is not served, and asks for protection: its paths answer 503, so that no other Ingress serves them without it",
		"correct what keeps the Ingress from being served",
	}

	NginxCanaryAlone = Message{
		"GW4020", Warning, "there is no other Ingress with host {host} and path {path} ({type}) that this canary could belong to; it is not served",
		"create the main Ingress, or remove the canary annotation",
	}
	NginxCanarySecond = Message{
		"GW4021", Warning, "{path} of host {host} already has the canary {other}; this one gets no requests",
		"a path has at most one canary: remove one",
	}
	NginxCanarySelf = Message{
		"GW4022", Warning, "the canary of {path} of host {host} has the same Service and port as {other}; it has no effect",
		"point the canary at another Service",
	}
	NginxCanaryOff = Message{
		"GW4023", Warning, "{key} has no effect without the annotation canary: \"true\"; the Ingress is served as an ordinary one",
		"set canary to \"true\", or remove {key}",
	}
	NginxCanaryPattern = Message{
		"GW4024", Warning, "canary-by-header-pattern is no usable regular expression: {reason}; requests with the header go to the main backend",
		"write it in RE2 syntax, which has no look-around and no back-references",
	}

	NginxTLSSecret = Message{
		"GW4030", Warning, "the certificate of host {host} cannot be used: {reason}; the default certificate is served, and plain HTTP is redirected all the same",
		"put a certificate and key for the host into the Secret {secret} (type kubernetes.io/tls)",
	}
	NginxTLSHostUnused = Message{
		"GW4031", Notice, "the tls section names {host}, for which there is no rule; its certificate is not used for it",
		"add a rule for the host, or remove it from the tls section",
	}

	NginxCatchAllTaken = Message{
		"GW4040", Warning, "{other} is the default for all hosts already; this default backend is not served",
		"only one Ingress can have a default backend and no rules",
	}
	NginxCatchAllOff = Message{
		"GW4041", Warning, "the Ingress has a default backend and --disable-catch-all is set; it is not served",
		"give it rules with hosts in place of the default backend",
	}
	NginxSharedSetting = Message{
		"GW4050", Notice, "{key} has no effect on Service {service} port {port}, because {other} refers to it too and decides",
		"set the same value on both",
	}
	NginxPortProtocol = Message{
		"GW4051", Error, "port {port} of the Service {service} is a {protocol} port, and HTTP needs TCP; {consequence}",
		"name a TCP port of the Service, or write protocol: TCP if the pods listen with TCP",
	}
	NginxConfigUnprotected = Message{
		"GW4060", Error, "{key} is not carried out here: {why}; every path answers 503 rather than be served without it",
		"remove it from the ConfigMap once everything may be served without it",
	}
	NginxConfigInvalid = Message{
		"GW4061", Warning, `{key} has the value "{value}", which is not {expected}: {reason}`,
		"write {expected}; until then {consequence}",
	}
	NginxConfigUnsupported = Message{
		"GW4062", Warning, "{key} is known but not carried out here: {why}", "remove it, or keep it if it does no harm",
	}
	NginxDefaultService = Message{
		"GW4063", Warning, "--default-backend-service {service} cannot be used: {reason}; requests that nothing matches get 404",
		"create the Service, or correct the flag",
	}
	NginxDefaultCertificate = Message{
		"GW4064", Warning, "--default-ssl-certificate {secret} cannot be used: {reason}; a self-made certificate is served",
		"put a certificate and key into the Secret",
	}
	NginxPassthroughOff = Message{
		"GW4065", Warning, "ssl-passthrough has no effect, because the controller runs without --enable-ssl-passthrough; TLS ends here",
		"start it with --enable-ssl-passthrough, or remove the annotation",
	}
	NginxPassthroughRoot = Message{
		"GW4066", Warning, "TLS of host {host} cannot be passed through, because nothing is served at its path /; TLS ends here",
		"give the host a path / of type Prefix or ImplementationSpecific with the Service that speaks TLS",
	}

	NginxConfigUnknown = Message{
		"GW4067", Warning, "there is no key {key} that the controller's ConfigMap may have; it has no effect",
		"did you mean {suggestion}? Correct its name or remove it",
	}
	NginxClientAuthority = Message{
		"GW4080", Error, "certificates of clients cannot be verified: {reason}",
		"put the authority into ca.crt of the Secret that auth-tls-secret names; until then everything of the host is answered 403",
	}

	nginxMessages = []Message{
		NginxClientAuthority, NginxConfigUnknown,
		NginxUnprotected, NginxTooRisky, NginxBlockedWord, NginxPathTaken, NginxPathTwice, NginxRegexHost,
		NginxPathPattern, NginxPathType, NginxRewriteGroup, NginxAuthIncomplete, NginxAuthLine, NginxAuthOff, NginxWithheld, NginxCanaryAlone,
		NginxCanarySecond, NginxCanarySelf, NginxCanaryOff, NginxCanaryPattern, NginxTLSSecret, NginxTLSHostUnused,
		NginxCatchAllTaken, NginxCatchAllOff, NginxSharedSetting, NginxPortProtocol, NginxConfigUnprotected, NginxConfigInvalid,
		NginxConfigUnsupported, NginxDefaultService, NginxDefaultCertificate, NginxPassthroughOff,
		NginxPassthroughRoot,
	}
)
