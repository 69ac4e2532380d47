package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gwanmun/gwanmun/internal/elbapi"
	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// elbapiFlags are the flags of elbapi.
type elbapiFlags struct {
	listen, stateDir, world, region string
	dnsListen, dnsSuffix            string
	addresses                       string
	lowPorts                        uint16
	mapTargets                      bool
	faults                          []string
	throttle                        string
	keys                            []string
	provisioning                    time.Duration
	accessLog, logFolder            string
	driver, zone                    string
	verbose, printWorld             bool
	grace                           time.Duration
}

func newElbapi(s streams) *cobra.Command {
	var f elbapiFlags
	c := &cobra.Command{
		Use:   "elbapi",
		Short: "Serve AWS's load balancer API on this machine, with load balancers that carry traffic",
		Long: "Elbapi answers the calls of ELBv2 and of what stands around it (EC2 networking, ACM, STS, tagging, WAF, Shield) at one\n" +
			"address, for the AWS command line, SDKs and terraform. Its load balancers listen on loopback addresses from\n" +
			"127.10.0.1 upwards and send to their targets; --map-targets reaches targets at 10.a.b.c under 127.a.b.c.\n\n" +
			"A fault rule is SERVICE:OPERATION=KIND[,code=C][,message=M][,delay=D][,probability=P][,count=N], with patterns such as\n" +
			"Describe* and the kinds throttle, delay, fail-before and fail-after (the call takes effect and fails all the same).\n\n" +
			"Ctrl-C lets requests end and leaves; a second Ctrl-C leaves at once.",
		Example: "  gwanmun elbapi --state-dir /tmp/aws\n" +
			"  gwanmun elbapi --listen 127.0.0.1:0 --fault 'elbv2:Describe*=throttle,probability=0.2'\n" +
			"  gwanmun elbapi --print-world > world.yaml",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if f.printWorld {
				_, err := io.WriteString(s.out, world.DefaultText())
				return err
			}
			return serveElbapi(c.Context(), s, &f)
		},
	}
	f.add(c)
	return c
}

func (f *elbapiFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", elbapi.DefaultListen, "address and port of the API; port 0 takes any free one")
	flags.StringVar(&f.stateDir, "state-dir", "", "folder that keeps the state; without it everything is forgotten at the end")
	flags.StringVar(&f.world, "world", "", "file that says which networks, machines and certificates exist at first")
	flags.BoolVar(&f.printWorld, "print-world", false, "print the world that exists without --world, to begin one's own with")
	flags.StringVar(&f.region, "region", "", "region that the API stands for; that of the world when empty")
	flags.StringVar(&f.dnsListen, "dns-listen", "", "address for DNS that resolves the load balancers' names, such as 127.0.0.1:5300")
	flags.StringVar(&f.dnsSuffix, "dns-suffix", "{address}.sslip.io", "end of the load balancers' names; {address} is their address, with hyphens")
	flags.StringVar(&f.addresses, "addresses", "127.10.0.0/16", "block that load balancers get their addresses from")
	flags.Uint16Var(&f.lowPorts, "low-port-offset", 0, "added to listener ports below 1024, for those who may not bind them: 8000 serves port 80 at 8080")
	flags.BoolVar(&f.mapTargets, "map-targets", false, "reach targets at 10.a.b.c under 127.a.b.c")
	flags.StringArrayVar(&f.faults, "fault", nil, "make calls go wrong; may be given several times")
	flags.StringVar(&f.throttle, "throttle", "", `limit calls that change nothing: "aws" for AWS's 40/10, or BURST/PER_SECOND`)
	flags.StringArrayVar(&f.keys, "access-key", nil, "KEY:SECRET that signatures are checked with; without it any key is accepted")
	flags.DurationVar(&f.provisioning, "provisioning", 0, "how long a fresh load balancer is in state provisioning")
	flags.StringVar(&f.logFolder, "log-folder", "", "folder that stands for S3: logs of load balancers are delivered there that ask for it; s3 in the state folder when not given")
	flags.StringVar(&f.accessLog, "access-log", "", `file that gets a line per request to a load balancer, or "-" for standard output`)
	flags.StringVar(&f.driver, "driver", "", driverUsage)
	flags.StringVar(&f.zone, "zone", "", zoneUsage)
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "log every call")
	flags.DurationVar(&f.grace, "shutdown-grace", 10*time.Second, "how long requests may take after Ctrl-C")
}

// options turns the flags into options. What is wrong with a flag is a usageError.
func (f *elbapiFlags) options() (elbapi.Options, error) {
	o := elbapi.Options{
		Listen: f.listen, StateDir: f.stateDir, LogFolder: f.logFolder, WorldFile: f.world, Region: f.region,
		DNSListen: f.dnsListen, DNSSuffix: f.dnsSuffix, Provisioning: f.provisioning,
		Login: traffic.LoginOptions{Loopback: true}, // an identity provider may run beside it
	}
	wrong := func(flag string, err error) (elbapi.Options, error) {
		return elbapi.Options{}, usageError{fmt.Errorf("--%s: %w", flag, err)}
	}
	for _, a := range []struct{ flag, address string }{{"listen", f.listen}, {"dns-listen", f.dnsListen}} {
		if _, _, err := net.SplitHostPort(a.address); err != nil && a.address != "" {
			return wrong(a.flag, fmt.Errorf("%q is not an address and port such as 127.0.0.1:4566", a.address))
		}
	}
	if f.listen == "" {
		return wrong("listen", errors.New("an address is needed, such as 127.0.0.1:4566"))
	}
	var err error
	if o.Addresses, err = netip.ParsePrefix(f.addresses); err != nil || !o.Addresses.Addr().Is4() || o.Addresses.Bits() > 30 {
		return wrong("addresses", fmt.Errorf("%q is not a block of IPv4 addresses such as 127.10.0.0/16", f.addresses))
	}
	if f.provisioning < 0 {
		return wrong("provisioning", errors.New("a time cannot be negative"))
	}
	for _, text := range f.faults {
		rule, err := fault.Parse(text)
		if err != nil {
			return wrong("fault", err)
		}
		o.Faults = append(o.Faults, rule)
	}
	if o.Throttle, err = parseRate(f.throttle); err != nil {
		return wrong("throttle", err)
	}
	for _, text := range f.keys {
		key, secret, ok := strings.Cut(text, ":")
		if !ok || key == "" || secret == "" {
			return wrong("access-key", errors.New("it is written KEY:SECRET"))
		}
		if o.Secrets == nil {
			o.Secrets = map[string]string{}
		}
		o.Secrets[key] = secret
	}
	if f.mapTargets {
		o.Dial = elbapi.MapTargets()
	}
	if f.lowPorts > 0 {
		o.Bind = traffic.LowPorts(f.lowPorts)
	}
	return o, nil
}

// parseRate reads "aws" or BURST/PER_SECOND; nil for no limit.
func parseRate(text string) (*fault.Rate, error) {
	switch text {
	case "":
		return nil, nil
	case "aws":
		return new(fault.DescribeRate), nil
	}
	burst, perSecond, _ := strings.Cut(text, "/")
	b, err := strconv.ParseFloat(burst, 64)
	p, err2 := strconv.ParseFloat(perSecond, 64)
	if err != nil || err2 != nil || !(b >= 1) || !(p > 0) {
		return nil, fmt.Errorf(`%q is neither "aws" nor BURST/PER_SECOND, such as 40/10`, text)
	}
	return &fault.Rate{Burst: b, PerSecond: p}, nil
}

func serveElbapi(ctx context.Context, s streams, f *elbapiFlags) error {
	o, err := f.options()
	if err != nil {
		return err
	}
	access, closeAccess, err := openAccessLog(f.accessLog, s.out)
	if err != nil {
		return err
	}
	defer closeAccess()
	level := slog.LevelWarn
	if f.verbose {
		level = slog.LevelDebug
	}
	o.Driver, o.Zone = f.driver, f.zone
	o.AccessLog, o.Logger = access, slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
	server, err := elbapi.New(o)
	if err != nil {
		return err
	}
	sayElbapi(s.out, server, f)
	running := server.Run(ctx)
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.grace)
	defer cancel()
	if err := server.Close(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return errors.Join(running, fmt.Errorf("closing: %w", err))
	}
	return running
}

// sayElbapi prints where the API is and how to use it from a shell.
func sayElbapi(out io.Writer, server *elbapi.Server, f *elbapiFlags) {
	key, secret := "local", "local"
	if len(f.keys) > 0 {
		key, secret, _ = strings.Cut(f.keys[0], ":")
	}
	id := server.Identity()
	lines := []string{
		fmt.Sprintf("AWS API at %s, region %s, account %s", server.URL(), id.Region, id.Account),
	}
	if at := server.DNSAddress(); at != "" {
		lines = append(lines, "DNS for the load balancers' names at "+at)
	}
	if f.stateDir != "" {
		lines = append(lines, "The state is kept in "+f.stateDir)
	}
	lines = append(lines,
		"", "Paste this into a shell:", "",
		"  export AWS_ENDPOINT_URL="+server.URL(),
		"  export AWS_ACCESS_KEY_ID="+shellWord(key)+" AWS_SECRET_ACCESS_KEY="+shellWord(secret),
		"  export AWS_DEFAULT_REGION="+id.Region+" AWS_PAGER=",
		"", "and try:", "",
		"  aws ec2 describe-subnets --query 'Subnets[].[SubnetId,AvailabilityZone,CidrBlock]' --output table",
		"  aws elbv2 describe-load-balancers",
		"", "Clients before 2023 do not know AWS_ENDPOINT_URL: aws --endpoint-url "+server.URL()+" ...",
	)
	_, _ = fmt.Fprintln(out, strings.Join(lines, "\n")) // nothing can be done about a terminal that is gone
}

// shellWord quotes a text for a shell, if it needs to be.
func shellWord(text string) string {
	plain := func(r rune) bool {
		return r == '_' || r == '-' || r == '.' || r == '/' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	}
	if strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
