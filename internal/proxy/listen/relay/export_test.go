package relay

// AppendPreface is what a target gets first with proxy_protocol_v2.enabled.
var AppendPreface = appendPreface
