// Command quantity-corpus has apimachinery parse and compare quantities, and writes what it found to
// test/corpus/quantities.json. The tests hold our own arithmetic against it.
//
// Run it from this folder, with Go installed:
//
//	go run .
package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"strings"

	"gopkg.in/inf.v0"
	"k8s.io/apimachinery/pkg/api/resource"
)

const output = "../../test/corpus/quantities.json"

type parsed struct {
	Text string `json:"text"`
	// Nano is the value in billionths; absent if the text is no quantity.
	Nano string `json:"nano,omitempty"`
	// Canonical is how the API server would write it.
	Canonical string `json:"canonical,omitempty"`
}

type comparison struct {
	A   string `json:"a"`
	B   string `json:"b"`
	Cmp int    `json:"cmp"`
}

type corpus struct {
	Quantities  []parsed     `json:"quantities"`
	Comparisons []comparison `json:"comparisons"`
}

var suffixes = []string{
	"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
	"e0", "e3", "e-3", "E3", "E-3", "E+3", "e+3", "e18", "e-9", "e-10", "e03",
}

var mantissas = []string{
	"0", "1", "+1", "-1", "1.", ".5", "-.5", "0.1", "1.5", "007", "999", "1000", "1024",
	"0.000000001", "0.0000000001", "1.0000000001", "-1.0000000001", "123456789.123456789", "0.3333333333",
	"9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
	"18446744073709551616", "123456789012345678901234567890",
}

var malformed = []string{
	"", " ", " 1", "1 ", "\t1", "1\n", "abc", ".", "-", "+", "--1", "+-1", "-+1", "1-", "1+", "..5", "1..5", "1.5.5", "1,5", "1_000",
	"0x10", "0b1", "1K", "1ki", "1KI", "1mi", "1gi", "1Kib", "1KiB", "1B", "1MB", "1g", "1t", "1p", "1kk", "1mm", "1Mi1", "1i", "1ik",
	"Ki", "m", "e3", "E", ".Ki", "-m", "1e", "1e+", "1e-", "1ee3", "1e3e3", "1e3Ki", "1Ki3", "1e3.5", "1e 3", "1 e3", "1 Ki", "Inf", "NaN",
	"١", "１", "1\u00a0", "½", "1\u0000", "∞", "1%", "$1", "1e3m", "1m3", "1n9", "1u-6", "1k+3", "1E3E", "1EiE",
}

// Exponents of which apimachinery itself makes nothing sensible are left out: it keeps 32 bits of them.
var large = []string{
	"1e20", "1e30", "1e100", "1e308", "1e-20", "1e-100", "-1e100", "100E", "1000E", "-100E", "100Ei", "8Ei", "7Ei", "7.99Ei", "-8Ei",
	"1e19", "9.3E", "0e100", "0.0e-100", "0Ei", "-0", "-0m", "+0", "00", "0.", ".0", "0.0000000000000000000001", "-0.0000000000000000000001",
	"1.00000000000000000000001", strings.Repeat("9", 40), strings.Repeat("1", 60), "0." + strings.Repeat("3", 50), strings.Repeat("0", 50) + "1",
}

func texts() []string {
	var all []string
	for _, mantissa := range mantissas {
		for _, suffix := range suffixes {
			all = append(all, mantissa+suffix)
		}
	}
	all = append(all, malformed...)
	return append(all, large...)
}

func parse(text string) (*resource.Quantity, parsed) {
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return nil, parsed{Text: text}
	}
	canonical := quantity.DeepCopy()
	return &quantity, parsed{Text: text, Nano: nano(quantity), Canonical: canonical.String()}
}

func nano(quantity resource.Quantity) string {
	dec := new(inf.Dec).Mul(quantity.AsDec(), inf.NewDec(1, -9))
	rounded := new(inf.Dec).Round(dec, 0, inf.RoundExact)
	if rounded == nil {
		panic(fmt.Sprintf("%s is finer than a billionth", quantity.String()))
	}
	return new(big.Int).Set(rounded.UnscaledBig()).String()
}

func main() {
	var result corpus
	var good []string
	for _, text := range texts() {
		quantity, one := parse(text)
		result.Quantities = append(result.Quantities, one)
		if quantity != nil {
			good = append(good, text)
		}
	}
	// Neighbours in a walk through all of them, with steps that lead from one notation to another.
	for index, a := range good {
		b := good[(index*37+11)%len(good)]
		result.Comparisons = append(result.Comparisons, compare(a, b))
	}
	for _, pair := range [][2]string{
		{"1", "1000m"}, {"1Ki", "1024"}, {"1k", "1000"}, {"1Ki", "1k"}, {"1Gi", "1024Mi"}, {"1.5Gi", "1536Mi"}, {"0.5", "500m"},
		{"1e3", "1k"}, {"1E3", "1000"}, {"1E", "1000P"}, {"1n", "0.1n"}, {"0", "-0"}, {"0", "0.0000000001"}, {"-1", "-1000m"},
		{"-1", "-1001m"}, {"100m", "0.1"}, {"1Ei", "1.152921504606846976E"}, {"9007199254740992", "9007199254740993"}, {"8Ei", "9Ei"},
		{"7Ei", "8Ei"}, {"10E", "20E"}, {"8Ei", "9223372036854775807"}, {"1e30", "1e31"}, {"128974848", "129e6"}, {"129M", "123Mi"},
	} {
		result.Comparisons = append(result.Comparisons, compare(pair[0], pair[1]), compare(pair[1], pair[0]))
	}
	write(result)
}

func compare(a, b string) comparison {
	one, other := resource.MustParse(a), resource.MustParse(b)
	return comparison{A: a, B: b, Cmp: one.Cmp(other)}
}

// One quantity a line, so that a difference can be read.
func write(result corpus) {
	var text strings.Builder
	text.WriteString("{\n  \"quantities\": [\n")
	text.WriteString(lines(result.Quantities))
	text.WriteString("  ],\n  \"comparisons\": [\n")
	text.WriteString(lines(result.Comparisons))
	text.WriteString("  ]\n}\n")
	if err := os.WriteFile(output, []byte(text.String()), 0o644); err != nil {
		panic(err)
	}
	fmt.Printf("%d quantities and %d comparisons\n", len(result.Quantities), len(result.Comparisons))
}

func lines[T any](items []T) string {
	written := make([]string, 0, len(items))
	for _, item := range items {
		line, err := json.Marshal(item)
		if err != nil {
			panic(err)
		}
		written = append(written, "    "+string(line))
	}
	return strings.Join(written, ",\n") + "\n"
}
