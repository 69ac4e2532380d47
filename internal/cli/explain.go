package cli

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func newExplain(s streams) *cobra.Command {
	var f sourceFlags
	var q local.Question
	var header []string
	var user string
	c := &cobra.Command{
		Use:   "explain -f FILE|DIR ... URL",
		Short: "Say which rule, policy and target a request would meet, and why others do not match",
		Long: "Explain walks a request through what serve would serve, without sending anything. Ports 80 and 443, and those of\n" +
			"--http-port and --https-port, lead to class nginx; the ports of load balancers of class alb are their listeners'.",
		Example: "  gwanmun explain -f examples http://127.0.0.1.sslip.io/apache/x\n" +
			"  gwanmun explain -f examples -X POST -H 'X-Canary: always' https://shop.example/cart",
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			q.URL = args[0]
			for _, h := range header {
				name, value, ok := strings.Cut(h, ":")
				if !ok || name == "" {
					return usageError{fmt.Errorf("-H is 'Name: value', not %q", h)}
				}
				value = strings.TrimSpace(value)
				q.Header = append(q.Header, compile.Field{Name: name, Value: value})
			}
			if user != "" {
				q.Header = append(q.Header, compile.Field{
					Name: "Authorization", Value: "Basic " + base64.StdEncoding.EncodeToString([]byte(user)),
				})
			}
			x, err := local.Explain(f.files, s.in, f.classes, q)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(s.out, x)
			return err
		},
	}
	f.add(c)
	flags := c.Flags()
	flags.StringVarP(&q.Method, "request", "X", "GET", "method")
	flags.StringArrayVarP(&header, "header", "H", nil, "header field, 'Name: value'; Host: replaces the URL's host")
	flags.StringVarP(&user, "user", "u", "", "user:password of basic authentication")
	flags.BoolVar(&q.HTTP2, "http2", false, "the client speaks HTTP/2, as gRPC clients do")
	flags.StringVar(&q.LoadBalancer, "load-balancer", "", `ID of the load balancer to ask: "nginx", or "alb/" and the group`)
	flags.Int64Var(&q.BodySize, "body-size", 0, "length of the body in bytes")
	flags.Int32Var(&f.classes.ServedHTTPPort, "http-port", 8080, "port of class nginx for HTTP")
	flags.Int32Var(&f.classes.ServedHTTPSPort, "https-port", 8443, "port of class nginx for HTTPS")
	return c
}
