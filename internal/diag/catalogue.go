package diag

import "slices"

// Catalogue returns every message, by code. Codes are given out in ranges, one file each:
//
//	GW1xxx  reading manifests        catalogue_manifest.go
//	GW2xxx  classes and objects      catalogue_object.go
//	GW3xxx  annotations, any dialect catalogue_annotation.go
//	GW4xxx  class nginx              catalogue_nginx.go
//	GW5xxx  class alb                catalogue_alb.go
//	GW55xx  load balancers of Services catalogue_nlb.go
//	GW6xxx  lookups in the cloud     catalogue_lookup.go
//	GW7xxx  certificates and Secrets catalogue_tls.go
//	GW8xxx  the data plane           catalogue_proxy.go
//
// A retired message keeps its row, with "(retired)" at the start of its text.
func Catalogue() []Message {
	return slices.Concat(
		manifestMessages, objectMessages, annotationMessages, nginxMessages,
		albMessages, nlbMessages, lookupMessages, tlsMessages, proxyMessages,
	)
}
