package relay

import "github.com/tillgate/tillgate/sync/internal/httpclient"

// ProxyScript is the address of a script, or "WPAD", by which this system finds its
// proxy: it is not run. "" if there is none, or a proxy is named.
func ProxyScript() string { return httpclient.Script() }
