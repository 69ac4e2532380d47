package nginx

import "github.com/gwanmun/gwanmun/internal/annotation"

// Snippets are nginx configuration text. A snippet may hold what protects a path (an allow list, a login), so a path
// whose snippet is not carried out answers 503. stream-snippet has no bearing on requests.
var (
	ConfigurationSnippet = declare(annotation.Verbatim{What: "nginx configuration"}, annotation.Entry{
		Suffix: "configuration-snippet", Group: groupSnippets, Risk: annotation.Critical, Internal: never,
		WhileUnsupported: annotation.DenyRule, Example: "more_set_headers \"X-A: b\";",
		Doc: "nginx configuration for the path.",
	})
	ServerSnippet = declare(annotation.Verbatim{What: "nginx configuration"}, annotation.Entry{
		Suffix: "server-snippet", Group: groupSnippets, Risk: annotation.Critical, Internal: never,
		WhileUnsupported: annotation.DenyRule, Example: "if ($http_user_agent ~ bad) { return 403; }",
		Doc: "nginx configuration for the host.",
	})
	AuthSnippet = declare(annotation.Verbatim{What: "nginx configuration"}, annotation.Entry{
		Suffix: "auth-snippet", Group: groupSnippets, Risk: annotation.Critical, Internal: never,
		WhileUnsupported: annotation.DenyRule, Example: "proxy_set_header Foo bar;",
		Doc: "nginx configuration for the request to auth-url.",
	})
	StreamSnippet = declare(annotation.Verbatim{What: "nginx configuration"}, annotation.Entry{
		Suffix: "stream-snippet", Group: groupSnippets, Scope: annotation.ScopeLoadBalancer, Risk: annotation.Critical,
		Internal: never, Example: "server { listen 8000; }", Doc: "nginx configuration for TCP and UDP.",
	})

	snippetKeys = []annotation.Declared{ConfigurationSnippet, ServerSnippet, AuthSnippet, StreamSnippet}
)
