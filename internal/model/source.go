package model

// Settings of load balancers and listeners that are no attributes, by which SettingSource names them.
const (
	SettingWebACL     = "web-acl"
	SettingSSLPolicy  = "ssl-policy"
	SettingClientAuth = "mutual-authentication"
)

// SettingSource names the object that asked for a setting of a load balancer or listener, so that a message about the
// setting can name it. It has no influence on traffic.
type SettingSource struct {
	// Setting is the key of an attribute, the ID of a certificate or one of the constants above. Empty stands for all settings without an entry of
	// their own.
	Setting string
	Source  Source
}

// SourceOf is the object that asked for a setting of the load balancer; the zero value when it is not known.
func (lb *LoadBalancer) SourceOf(setting string) Source { return sourceOf(lb.Sources, setting) }

// SourceOf is the object that asked for a setting of the listener; without an entry the one that its default actions came
// from, and the zero value when that is not known either.
func (l *Listener) SourceOf(setting string) Source {
	if s := sourceOf(l.Sources, setting); s.Name != "" {
		return s
	}
	return l.DefaultSource
}

func sourceOf(list []SettingSource, setting string) Source {
	var out Source
	for _, s := range list {
		switch s.Setting {
		case setting:
			return s.Source
		case "":
			out = s.Source
		}
	}
	return out
}
