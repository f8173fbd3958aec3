package uitest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// OpenWithCamera is Open in a Chromium of its own, whose camera shows a film: a
// file in the format y4m, over and over.
func OpenWithCamera(t testing.TB, film, url string, width, height int64) *Tab {
	t.Helper()
	return openAlone(t, url, width, height,
		chromedp.Flag("use-file-for-fake-video-capture", film))
}

// openAlone opens an address in a Chromium that ends with the test.
func openAlone(t testing.TB, url string, width, height int64, more ...chromedp.ExecAllocatorOption) *Tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		missing(t, err)
	}
	dir, err := os.MkdirTemp("", "tillgate-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(options(path, dir), more...)...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		timer := time.AfterFunc(10*time.Second, cancel) // a browser that does not end in order is killed
		chromedp.Cancel(ctx)
		timer.Stop()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		missing(t, err)
	}
	return open(t, ctx, url, width, height)
}

// Film writes grey pictures of one size as a film in the format y4m
// (https://wiki.multimedia.cx/index.php/YUV4MPEG2), each shown for so many frames
// of a fifteenth of a second.
func Film(w, h, frames int, pictures ...[]byte) []byte {
	var b bytes.Buffer
	out := bufio.NewWriter(&b)
	fmt.Fprintf(out, "YUV4MPEG2 W%d H%d F15:1 Ip A1:1 C420jpeg\n", w, h)
	colour := bytes.Repeat([]byte{128}, (w+1)/2*((h+1)/2)*2)
	for _, p := range pictures {
		for range frames {
			out.WriteString("FRAME\n")
			out.Write(p[:w*h])
			out.Write(colour)
		}
	}
	out.Flush()
	return b.Bytes()
}
