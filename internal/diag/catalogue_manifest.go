package diag

// Messages about reading manifests (GW10xx) and about what the file mode puts in their place (GW11xx).
var (
	ManifestUnreadable = Message{
		"GW1001", Error, "cannot be read: {reason}", "give the path of a file or directory that exists and may be read",
	}
	ManifestTooLarge = Message{
		"GW1002", Error, "is larger than {limit}", "split the file, or leave out what is not a manifest",
	}
	ManifestSyntax = Message{
		"GW1003", Error, "line {line}: {reason}", "{hint}; the document is left out, the others are read",
	}
	ManifestNotAnObject = Message{
		"GW1004", Error, "a document is not an object", "begin it with apiVersion: and kind:, or move it out of the directory",
	}
	ManifestNoKind = Message{
		"GW1005", Error, "a document has no apiVersion or no kind", "write both; if it is no manifest, move it out of the directory",
	}
	ManifestUnknownVersion = Message{
		"GW1006", Error, "{version} is not a version of {kind} that is known here", "write apiVersion: {current}",
	}
	ManifestIgnoredKind = Message{
		"GW1007", Notice, "{kind} is not used here ({count} found)", "nothing needs to be done",
	}
	ManifestConverted = Message{
		"GW1008", Notice, "{version} is retired; the object was read as {current}", "write apiVersion: {current} and its fields; clusters since 1.22 refuse the old one",
	}
	ManifestUnknownField = Message{
		"GW1009", Warning, "the field is not known and has no effect", "{hint}",
	}
	ManifestWrongKind = Message{
		"GW1010", Error, "the value is {got} where {want} is needed, so the object is left out, as an API server would refuse it", "{hint}",
	}
	ManifestUndecodable = Message{
		"GW1011", Error, "cannot be decoded: {reason}", "correct the value; the object is left out, as an API server would refuse it",
	}
	ManifestRefused = Message{
		"GW1012", Error, "{reason}; the object is left out, as an API server would refuse it", "{remedy}",
	}
	ManifestNotBase64 = Message{
		"GW1013", Error, "the value is not base64; the Secret is left out, as an API server would refuse it",
		"encode the value with base64, or write it as it is under stringData",
	}
	ManifestRepeatedKey = Message{
		"GW1014", Warning, "{key} stands twice, in line {first} and in line {line}; the last one counts", "remove one of them",
	}
	ManifestDuplicate = Message{
		"GW1015", Error, "is also defined in {other}, which comes later and counts", "rename one of the two, or remove this one",
	}
	ManifestKept = Message{
		"GW1016", Warning, "its file is broken at the moment; the object is served as it was before", "mend the file",
	}
	ManifestDefaultClass = Message{
		"GW1017", Notice, "names no class and got the default class {class}, as an API server would give it", "write ingressClassName: {class} to make it independent of the default",
	}
	ManifestNone = Message{
		"GW1018", Warning, "holds no manifest that is used here", "give files or directories with *.yaml, *.yml or *.json",
	}
	ManifestTooMany = Message{
		"GW1019", Error, "holds more than {limit} files; the rest is not read", "give the directories that are meant",
	}
	ManifestNodePort = Message{
		"GW1020", Error, "node port {port} is already taken by {other}", "write another nodePort, or leave it out",
	}
	ManifestGone = Message{
		"GW1021", Error, "cannot be read any more: {reason}; what was read from it before (files: {count}) stays in service",
		"bring it back; to serve it no longer, start anew without it",
	}
	ManifestEmptied = Message{
		"GW1022", Error, "holds no manifest any more; what was read from it before (files: {count}) stays in service",
		"bring the manifests back; if nothing is to be served from here, leave an empty file in it, such as none.yaml",
	}
	ManifestTruncated = Message{
		"GW1023", Error, "is empty now; what was read from it before stays in service",
		"write it again; if nothing is to be served from it, leave a comment in it",
	}

	LocalStandIns = Message{
		"GW1101", Notice, "stand-ins answer in place of {source} ({count}), which exists only as a manifest",
		"to serve a program of your own, put the annotation {key}: 127.0.0.1:<port> on the pod or the Service",
	}
	LocalNoPods = Message{
		"GW1102", Warning, "no pod in the manifests matches the selector {selector}; requests for the Service are answered 503",
		"add the Deployment or Pod, an EndpointSlice, or the annotation {key} with the address of a local process",
	}
	LocalProcess = Message{
		"GW1103", Notice, "is served by the local process at {address}", "start that process if it does not run",
	}
	LocalAddressInvalid = Message{
		"GW1104", Error, `{key} is "{value}", which is not an IP address with a port`, "write for example 127.0.0.1:3000",
	}
	LocalTargetPort = Message{
		"GW1105", Warning, "{source} has no container port named {port}", "name the container's port, or write the targetPort as a number",
	}
	LocalCapped = Message{
		"GW1106", Notice, "asks for {count} replicas; {limit} stand-ins are started", "nothing needs to be done",
	}
	LocalCertificate = Message{
		"GW1107", Notice, "the certificate for {names} is a stand-in made here", "call it with curl -k, or with any client that does not check certificates",
	}
	LocalCertificateFailed = Message{
		"GW1108", Error, "no stand-in certificate could be made: {reason}", "this is not caused by the manifests; please report it",
	}
	LocalPortShifted = Message{
		"GW1109", Notice, "port {port} is served on {address}, because {reason}", "use the address that is shown; on a real load balancer the port is {port}",
	}
	LocalListenFailed = Message{
		"GW1110", Error, "port {port} is not served: {reason}", "end the program that uses it, or choose another address or port",
	}
	LocalNodePortBusy = Message{
		"GW1111", Warning, "the node port {address} could not be opened: {reason}", "end the program that uses it, or write another nodePort",
	}
	LocalStandInFailed = Message{
		"GW1112", Error, "the stand-in {pod} could not listen: {reason}", "raise the limit of open files, or ask for fewer replicas",
	}
	LocalNodes = Message{
		"GW1113", Notice, "{count} stand-in nodes forward node ports, as the manifests hold no Node", "nothing needs to be done",
	}
	LocalClassless = Message{
		"GW1114", Notice, "it names no class; class {class} serves it here, as its controller does with --watch-ingress-without-class",
		"write spec: {ingressClassName: {class}}, as most clusters ask for it; --watch-ingress-without-class=false shows what they do",
	}
	LocalStateFile = Message{
		"GW1115", Error, "the state file cannot be written: {reason}", "give --state-file a path in a directory that may be written to",
	}
	LocalNoSlice = Message{
		"GW1116", Warning, "has neither a selector nor an EndpointSlice; requests for it are answered 503",
		"add an EndpointSlice, a selector, or the annotation {key} with the address of a local process",
	}
	LocalNoAddress = Message{
		"GW1117", Warning, "none of its EndpointSlices has a ready IP address with a TCP port named {port}; requests for that port are answered 503",
		"compare the names of the ports, the addresses and conditions.ready with the Service",
	}
	LocalAnnotationUnknown = Message{
		"GW1118", Warning, "there is no annotation {key}; it has no effect", "did you mean {suggestion}? Correct its name or remove it",
	}
	LocalConfigMapUsed = Message{
		"GW1119", Notice, "class nginx takes its settings from it, as its controller does with --configmap={name}",
		"give --configmap to name another one",
	}
	LocalConfigMapMissing = Message{
		"GW1120", Warning, "--configmap names it, and it is not among the manifests; class nginx has its default settings",
		"give its manifest with -f too, or correct the flag",
	}
	LocalConfigMapUnused = Message{
		"GW1121", Warning, "settings made for ingress-nginx have no effect here: ConfigMap {names}",
		"--configmap=NAMESPACE/NAME says which ConfigMap class nginx is to take its settings from; those with ports of TCP and UDP or with headers are not carried out",
	}
	LocalClientSecret = Message{
		"GW1122", Warning, "no Secret among the manifests holds the secret of {client}, a client of a Cognito user pool; users can log in only if it has none",
		"give a Secret with clientID: {client} and its clientSecret; load balancers of AWS read it from the user pool",
	}

	manifestMessages = []Message{
		ManifestUnreadable, ManifestTooLarge, ManifestSyntax, ManifestNotAnObject, ManifestNoKind, ManifestUnknownVersion,
		ManifestIgnoredKind, ManifestConverted, ManifestUnknownField, ManifestWrongKind, ManifestUndecodable,
		ManifestRefused, ManifestNotBase64, ManifestRepeatedKey, ManifestDuplicate, ManifestKept, ManifestDefaultClass,
		ManifestNone, ManifestTooMany, ManifestNodePort, ManifestGone, ManifestEmptied,
		ManifestTruncated,

		LocalStandIns, LocalNoPods, LocalProcess, LocalAddressInvalid, LocalTargetPort, LocalCapped, LocalCertificate,
		LocalCertificateFailed, LocalPortShifted, LocalListenFailed, LocalNodePortBusy, LocalStandInFailed, LocalNodes,
		LocalClassless, LocalStateFile, LocalNoSlice, LocalNoAddress, LocalAnnotationUnknown, LocalConfigMapUsed,
		LocalConfigMapMissing, LocalConfigMapUnused, LocalClientSecret,
	}
)
