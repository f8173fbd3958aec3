package drivertest_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"github.com/tillgate/tillgate/driver/drivertest"
)

func TestTrigger(t *testing.T) {
	got := make(chan string, 10)
	trigger, err := drivertest.OpenTrigger(slog.New(slog.DiscardHandler), func(code string) error {
		got <- code
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- trigger.Run(ctx) }()

	if out, err := exec.Command("sh", "-c", "echo 2900000000018 > "+trigger.Path()+" && printf '4601234567893\r\rA\x1dB\r\n' > "+trigger.Path()).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	tty, err := os.OpenFile(trigger.Path(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"12", "3", "\r"} {
		if _, err := tty.WriteString(part); err != nil {
			t.Fatal(err)
		}
	}
	tty.Close()
	for _, want := range []string{"2900000000018", "4601234567893", "A\x1dB", "123"} {
		if code := <-got; code != want {
			t.Errorf("got %q, want %q", code, want)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(trigger.Path()); err == nil {
		t.Errorf("%s is left behind", trigger.Path())
	}
}
