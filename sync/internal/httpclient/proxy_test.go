package httpclient

import (
	"net/url"
	"testing"
)

func TestSystemProxy(t *testing.T) {
	for _, c := range []struct {
		server, bypass, to string
		want               string
	}{
		{"proxy:3128", "", "https://loyalty.example", "http://proxy:3128"},
		{"proxy:3128", "", "http://loyalty.example", "http://proxy:3128"},
		{"http=a:80;https=b:443", "", "https://loyalty.example", "http://b:443"},
		{"http=a:80 https=b:443", "", "http://loyalty.example", "http://a:80"},
		{"ftp=a:21", "", "https://loyalty.example", ""},
		{"http=a:80;b:443", "", "https://loyalty.example", "http://b:443"},
		{"http://proxy:3128", "", "https://loyalty.example", "http://proxy:3128"},
		{"https=http://b:443", "", "https://loyalty.example", "http://b:443"},
		{"", "", "https://loyalty.example", ""},
		{"proxy:3128", "*.example", "https://loyalty.EXAMPLE/v1", ""},
		{"proxy:3128", "*.example", "https://example", "http://proxy:3128"},
		{"proxy:3128", "10.*;192.168.*", "https://192.168.0.7:8443", ""},
		{"proxy:3128", "<local>", "https://loyalty", ""},
		{"proxy:3128", "<local>", "https://loyalty.example", "http://proxy:3128"},
		{"proxy:3128", "http://loyalty.example", "https://loyalty.example", ""},
		{"proxy:3128", "[", "https://loyalty.example", "http://proxy:3128"},
		{"proxy:3128", "", "http://127.0.0.1:8391", ""},
		{"proxy:3128", "", "http://127.9.9.9:8391", ""},
		{"proxy:3128", "", "http://[::1]:8391", ""},
		{"proxy:3128", "", "http://localhost:8391", ""},
	} {
		to, err := url.Parse(c.to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := settings{server: c.server, bypass: c.bypass}.proxy(to)
		if err != nil {
			t.Errorf("%q, %q, %s: %v", c.server, c.bypass, c.to, err)
			continue
		}
		text := ""
		if got != nil {
			text = got.String()
		}
		if text != c.want {
			t.Errorf("%q, %q, %s: %q, want %q", c.server, c.bypass, c.to, text, c.want)
		}
	}
	if _, err := (settings{server: "://"}).proxy(&url.URL{Scheme: "https", Host: "loyalty.example"}); err == nil {
		t.Error("nonsense is taken for a proxy")
	}
}

func FuzzSystemProxy(f *testing.F) {
	f.Add("http=a:80;https=b:443", "*.example;<local>", "loyalty.example")
	f.Add("proxy:3128", "[a-", "::1")
	f.Fuzz(func(t *testing.T, server, bypass, host string) {
		s := settings{server: server, bypass: bypass}
		if got, err := s.proxy(&url.URL{Scheme: "https", Host: host}); err == nil && got != nil && got.Host == "" {
			t.Errorf("a proxy without a host: %q", got)
		}
	})
}
