package main

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Mistake is one thing wrong in a configuration file: where it is and what was
// meant. A program that meets one exits with exitConfig.
type Mistake struct {
	File string
	Line int    // 1 is the first; 0 if the mistake is that something is missing
	Key  string // dotted path: "scanner.serial.baud"
	What string // the problem and the remedy
}

func (m *Mistake) Error() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	b.WriteString(": ")
	if m.Key != "" {
		b.WriteString(m.Key + ": ")
	}
	b.WriteString(m.What)
	return b.String()
}

// Mistakes are all that is wrong in a file, so that a person mends them in one go.
type Mistakes []*Mistake

func (ms Mistakes) Error() string {
	lines := make([]string, len(ms))
	for i, m := range ms {
		lines[i] = m.Error()
	}
	return strings.Join(lines, "\n")
}

// decodeStrict reads TOML into v, a pointer to a struct with toml tags. A key
// that v does not have is a mistake, with the nearest key that it does have.
func decodeStrict(file string, data []byte, v any) error {
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	err := dec.Decode(v)
	var missing *toml.StrictMissingError
	var de *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		var ms Mistakes
		for i := range missing.Errors {
			e := &missing.Errors[i]
			line, _ := e.Position()
			ms = append(ms, &Mistake{file, line, strings.Join(e.Key(), "."), unknownKey(reflect.TypeOf(v), e.Key())})
		}
		return ms
	case errors.As(err, &de):
		line, _ := de.Position()
		what := strings.TrimPrefix(de.Error(), "toml: ")
		if t := typeAt(reflect.TypeOf(v), de.Key()); t != nil && strings.Contains(what, "cannot") {
			what = "wrong type: " + inWords(t) + " is meant here"
		}
		return Mistakes{{file, line, strings.Join(de.Key(), "."), what}}
	}
	return Mistakes{{File: file, What: strings.TrimPrefix(err.Error(), "toml: ")}}
}

// unknownKey says what the nearest known key is.
func unknownKey(t reflect.Type, path []string) string {
	for i, k := range path {
		names := keysOf(t)
		if next := fieldOf(t, k); next != nil {
			t = next
			continue
		}
		what := "unknown key"
		if i < len(path)-1 || len(keysOf(fieldOf(t, nearest(k, names)))) > 0 {
			what = "unknown section"
		}
		if len(path) > 1 && path[0] == "scanner" && i == 1 {
			what = "unknown scanner driver"
		}
		if len(path) > 1 && path[0] == "provider" && i == 1 {
			what = "unknown provider"
		}
		if n := nearest(k, names); n != "" {
			return fmt.Sprintf("%s %q: did you mean %q?", what, k, n)
		}
		return fmt.Sprintf("%s %q: known here: %s", what, k, strings.Join(names, ", "))
	}
	return "unknown key"
}

func deref(t reflect.Type) reflect.Type {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice) {
		t = t.Elem()
	}
	return t
}

// keysOf are the TOML keys of a struct type, in their order.
func keysOf(t reflect.Type) []string {
	if t = deref(t); t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name != "" && name != "-" {
			names = append(names, name)
		} else if f.Anonymous {
			names = append(names, keysOf(f.Type)...)
		}
	}
	return names
}

func fieldOf(t reflect.Type, key string) reflect.Type {
	if t = deref(t); t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name == key {
			return f.Type
		} else if f.Anonymous {
			if ft := fieldOf(f.Type, key); ft != nil {
				return ft
			}
		}
	}
	return nil
}

func typeAt(t reflect.Type, path []string) reflect.Type {
	for _, k := range path {
		t = fieldOf(t, k)
	}
	return t
}

// inWords names a type for a person.
func inWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return inWords(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return `text in quotes ("…")`
	case reflect.Slice:
		if deref(t).Kind() == reflect.Struct {
			return "a list of sections ([[…]])"
		}
		return "a list ([…])"
	case reflect.Struct:
		return "a section ([…])"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}

// nearest is the candidate that a mistyped name most likely meant; "" if none
// is near.
func nearest(name string, candidates []string) string {
	best, bestDist := "", max(2, len(name)/3)+1
	for _, c := range candidates {
		if d := distance(name, c); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap.
func distance(a, b string) int {
	prev2, prev, cur := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, make([]int, len(b)+1)
	}
	return prev[len(b)]
}

// lines finds the line of a key, so that what is checked after the file was
// read can still point into it. Elements of [[lists]] have their number in the
// path: "scanner.serial[0].baud".
type lines map[string]int

func indexLines(data []byte) lines {
	out := lines{}
	count := map[string]int{}
	var p unstable.Parser
	p.Reset(data)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		var key []string
		line := 0
		for it := e.Key(); it.Next(); {
			n := it.Node()
			if line == 0 {
				line = p.Shape(n.Raw).Start.Line
			}
			key = append(key, string(n.Data))
		}
		switch e.Kind {
		case unstable.Table:
			table = resolve(key, count)
			out[table] = line
		case unstable.ArrayTable:
			name := strings.Join(key, ".")
			parent := resolve(key[:len(key)-1], count)
			full := join(parent, key[len(key)-1])
			table = fmt.Sprintf("%s[%d]", full, count[full])
			count[full]++
			count[name] = count[full]
			out[table] = line
		case unstable.KeyValue:
			out[join(table, strings.Join(key, "."))] = line
		}
	}
	return out
}

// resolve puts the number of the last element behind each list in a path.
func resolve(key []string, count map[string]int) string {
	path := ""
	for _, k := range key {
		path = join(path, k)
		if n := count[path]; n > 0 {
			path = fmt.Sprintf("%s[%d]", path, n-1)
		}
	}
	return path
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}

// of is the line of a key, or of the section around it if it is not there.
func (l lines) of(path string) int {
	for path != "" {
		if n, ok := l[path]; ok {
			return n
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
	return 0
}
