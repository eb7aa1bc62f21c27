// Command reference-corpus reads the image references of references.json with the library that container tools use, and
// writes what it found to test/corpus/image-references.json. The tests hold our own reading against it.
//
// Run it from this folder, with Go installed:
//
//	go run .
//
// The list is JSON, since some references have white space and control characters in them. In it, {x*3} stands for xxx.
package main

import (
	"bytes"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/distribution/reference"
)

const output = "../../test/corpus/image-references.json"

type result struct {
	Reference string `json:"reference"`
	// Repository is the registry, in lower case, and the path: no two registries differ in case alone.
	Repository string `json:"repository,omitempty"`
	Tag        string `json:"tag,omitempty"`
	Digest     string `json:"digest,omitempty"`
	// Error is the library's own, where it refuses the reference.
	Error string `json:"error,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile("references.json")
	if err != nil {
		return err
	}
	var references []string
	if err := json.Unmarshal(text, &references); err != nil {
		return err
	}
	seen := map[string]bool{}
	results := []result{}
	for _, short := range references {
		full := expand(short)
		if seen[full] {
			return fmt.Errorf("%q stands there twice", short)
		}
		seen[full] = true
		results = append(results, read(full))
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(results); err != nil {
		return err
	}
	return os.WriteFile(output, buffer.Bytes(), 0o644)
}

var repeat = regexp.MustCompile(`\{([^*]+)\*(\d+)\}`)

func expand(short string) string {
	return repeat.ReplaceAllStringFunc(short, func(match string) string {
		parts := repeat.FindStringSubmatch(match)
		count, _ := strconv.Atoi(parts[2])
		return strings.Repeat(parts[1], count)
	})
}

func read(text string) result {
	named, err := reference.ParseNormalizedNamed(text)
	if err != nil {
		return result{Reference: text, Error: err.Error()}
	}
	// The library takes a registry that can be none, such as a_b.io, for a part of the path. Nothing can be pulled then.
	if reference.Domain(named) == "" {
		return result{Reference: text, Error: "the reference has no registry"}
	}
	found := result{
		Reference:  text,
		Repository: strings.ToLower(reference.Domain(named)) + "/" + reference.Path(named),
	}
	if tagged, ok := named.(reference.Tagged); ok {
		found.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		found.Digest = digested.Digest().String()
	}
	return found
}
