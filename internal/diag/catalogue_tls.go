package diag

// Messages about certificates and Secrets.
var (
	CertificateBroken = Message{
		"GW7001", Error, "certificate {certificate} cannot be used: {reason}",
		"put a PEM certificate chain and its private key there; until then the default certificate is served",
	}
	CertificateElsewhere = Message{
		"GW7002", Notice, "certificate {certificate} is known by its ARN only, so this proxy serves its default certificate",
		"expect a warning from clients that verify certificates here; on AWS the real one is served",
	}
	CertificateMissing = Message{
		"GW7003", Error, "certificate {certificate} of load balancer {lb} is not known",
		"create it, or remove the reference; until then the default certificate is served",
	}

	tlsMessages = []Message{CertificateBroken, CertificateElsewhere, CertificateMissing}
)
