package ports

import "net"

// Free are n addresses of 127.0.0.1 that nobody listens on now, each with a port of its own. Somebody else may take one
// before it is used.
func Free(n int) ([]string, error) {
	var addresses []string
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		addresses = append(addresses, l.Addr().String())
	}
	return addresses, nil
}

// Of is the port of an address, or nothing when it has none.
func Of(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return port
}
