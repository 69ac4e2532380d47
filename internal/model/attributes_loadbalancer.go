package model

import "slices"

// loadBalancerAttributes are the rows of load balancers.
func loadBalancerAttributes() []AttributeSpec {
	rows := []AttributeSpec{
		{
			Key: "deletion_protection.enabled", Types: everyType(), Kind: BooleanAttribute, Default: "false",
			Doc: "Refuses to delete the load balancer.",
		},
		{
			Key: "load_balancing.cross_zone.enabled", Types: albOnly(), Kind: WordAttribute, Words: []string{"true"}, Default: "true",
			Doc: "Spreads requests over the targets of all zones; fixed for application load balancers.",
		},
		{
			Key: "load_balancing.cross_zone.enabled", Types: nlbAndGWLB(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Spreads connections over the targets of all zones.",
		},
		{
			Key: "ipv6.deny_all_igw_traffic", Types: albAndNLB(), Kind: BooleanAttribute, Default: "false",
			Doc: "Keeps internet gateways away from a dual-stack load balancer; true by default when the scheme is internal.",
		},
		{
			Key: "zonal_shift.config.enabled", Types: albAndNLB(), Kind: BooleanAttribute, Default: "false",
			Doc: "Lets traffic be shifted away from a zone.",
		},
		{
			Key: "idle_timeout.timeout_seconds", Types: albOnly(), Kind: NumberAttribute, Min: 1, Max: 4000, Default: "60",
			Honoured: true,
			Doc:      "Seconds without a byte in either direction after which a connection is closed.",
		},
		{
			Key: "client_keep_alive.seconds", Types: albOnly(), Kind: NumberAttribute, Min: 60, Max: 604800, Default: "3600",
			Honoured: true,
			Doc:      "Seconds after which a client's connection is closed however busy it is.",
		},
	}
	return ofResource(LoadBalancerAttribute, slices.Concat(rows, logAttributes(), httpAttributes(), networkAttributes()))
}

// logAttributes say where logs are written; our proxy puts them into a folder that stands for the bucket.
func logAttributes() []AttributeSpec {
	return []AttributeSpec{
		{
			Key: "access_logs.s3.enabled", Types: albAndNLB(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Writes access logs to a bucket.",
		},
		{
			Key: "access_logs.s3.bucket", Types: albAndNLB(), Kind: TextAttribute,
			Honoured: true,
			Doc:      "The bucket of the access logs; needed when they are enabled.",
		},
		{
			Key: "access_logs.s3.prefix", Types: albAndNLB(), Kind: TextAttribute,
			Honoured: true,
			Doc:      "The place of the access logs inside the bucket.",
		},
		{
			Key: "connection_logs.s3.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Writes one log line for each TLS connection.",
		},
		{
			Key: "connection_logs.s3.bucket", Types: albOnly(), Kind: TextAttribute,
			Honoured: true,
			Doc:      "The bucket of the connection logs; needed when they are enabled.",
		},
		{
			Key: "connection_logs.s3.prefix", Types: albOnly(), Kind: TextAttribute,
			Honoured: true,
			Doc:      "The place of the connection logs inside the bucket.",
		},
		{
			Key: "health_check_logs.s3.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Writes one log line for each health check.",
		},
		{
			Key: "health_check_logs.s3.bucket", Types: albOnly(), Kind: TextAttribute,
			Honoured: true,
			Doc:      "The bucket of the health check logs; needed when they are enabled.",
		},
		{
			Key: "health_check_logs.s3.prefix", Types: albOnly(), Kind: TextAttribute,
			Honoured: true,
			Doc:      "The place of the health check logs inside the bucket.",
		},
	}
}

// httpAttributes steer how an application load balancer treats requests.
func httpAttributes() []AttributeSpec {
	return []AttributeSpec{
		{
			Key: "routing.http.desync_mitigation_mode", Types: albOnly(), Kind: WordAttribute, Default: "defensive",
			Words:    []string{"monitor", "defensive", "strictest"},
			Honoured: true,
			Doc:      "What happens to requests that two readers could understand in two ways.",
		},
		{
			Key: "routing.http.drop_invalid_header_fields.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Removes fields whose names hold more than letters, digits and hyphens.",
		},
		{
			Key: "routing.http.preserve_host_header.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Sends the Host field to targets exactly as received, port included.",
		},
		{
			Key: "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Tells targets the TLS version and cipher suite of the client's connection.",
		},
		{
			Key: "routing.http.xff_client_port.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Writes the client's port behind its address in X-Forwarded-For.",
		},
		{
			Key: "routing.http.xff_header_processing.mode", Types: albOnly(), Kind: WordAttribute, Default: "append",
			Words:    []string{"append", "preserve", "remove"},
			Honoured: true,
			Doc:      "Adds the client's address to X-Forwarded-For, leaves the field alone, or removes it.",
		},
		{
			Key: "routing.http2.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "true",
			Honoured: true,
			Doc:      "Offers HTTP/2 to clients of HTTPS listeners.",
		},
		{
			Key: "waf.fail_open.enabled", Types: albOnly(), Kind: BooleanAttribute, Default: "false",
			Honoured: true,
			Doc:      "Lets requests pass while the web ACL cannot be asked.",
		},
	}
}

// networkAttributes are known to network load balancers only.
func networkAttributes() []AttributeSpec {
	return []AttributeSpec{
		{
			Key: "dns_record.client_routing_policy", Types: nlbOnly(), Kind: WordAttribute, Default: "any_availability_zone",
			Words: []string{"any_availability_zone", "partial_availability_zone_affinity", "availability_zone_affinity"},
			Doc:   "How far DNS answers prefer the client's own zone: not at all, for 85 %, always.",
		},
		{
			Key: "secondary_ips.auto_assigned.per_subnet", Types: nlbOnly(), Kind: NumberAttribute, Min: 0, Max: 7, Default: "0",
			Doc: "How many further addresses the load balancer takes in each subnet; it never goes down.",
		},
	}
}

// ofResource writes the resource into rows.
func ofResource(r AttributeResource, rows []AttributeSpec) []AttributeSpec {
	for i := range rows {
		rows[i].Resource = r
	}
	return rows
}
