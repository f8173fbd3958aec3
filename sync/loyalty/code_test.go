package loyalty

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestChallenge(t *testing.T) {
	type answer struct {
		typed string
		ok    bool
		left  int
	}
	for _, tt := range []struct {
		name, code string
		answers    []answer
	}{
		{"right at once", "042", []answer{{"042", true, 0}}},
		{"right once only", "042", []answer{{"042", true, 0}, {"042", false, 0}}},
		{"zeros count", "042", []answer{{"42", false, 2}, {"0042", false, 1}, {"042", true, 0}}},
		{"as people type", "123456", []answer{{" 123-456 ", true, 0}}},
		{"three times wrong", "042", []answer{{"", false, 2}, {"043", false, 1}, {"044", false, 0}, {"042", false, 0}}},
		{"no code", " ", []answer{{"", false, 0}, {" ", false, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewChallenge(tt.code, time.Now().Add(time.Minute))
			for i, a := range tt.answers {
				if ok, left := c.Check(a.typed); ok != a.ok || left != a.left {
					t.Errorf("answer %d, %q: %v, %d left; want %v, %d", i+1, a.typed, ok, left, a.ok, a.left)
				}
			}
		})
	}
}

func TestChallengeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewChallenge("042", time.Now().Add(time.Minute))
		time.Sleep(59 * time.Second)
		if ok, left := c.Check("041"); ok || left != 2 {
			t.Errorf("before: %v, %d", ok, left)
		}
		time.Sleep(time.Second)
		if ok, left := c.Check("042"); ok || left != 0 {
			t.Errorf("after: %v, %d", ok, left)
		}
	})
}

func TestChallengeIsSilent(t *testing.T) {
	c := NewChallenge("73915", time.Now())
	if s := fmt.Sprintf("%v %+v %#v %s", c, c, c, c); strings.Contains(s, "73915") {
		t.Errorf("prints %s", s)
	}
}
