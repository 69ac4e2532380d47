package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake makes a module with one licence file.
func fake(t *testing.T, text string) *module {
	t.Helper()
	dir := t.TempDir()
	if text != "" {
		if err := os.WriteFile(filepath.Join(dir, "LICENSE"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &module{Path: "example.com/m", Dir: dir, folders: map[string]bool{dir: true}}
}

const isc = `Copyright (c) 2026 Somebody

Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED
WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR
CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
`

const mplNotice = `This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was not
distributed with this file, You can obtain one at http://mozilla.org/MPL/2.0/.
`

// gnuNotice is what programs under the GNU licences say in their files.
func gnuNotice(licence string) string {
	return "This program is free software: you can redistribute it and/or modify it under the terms of the GNU " + licence +
		" as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version."
}

func TestOnlyPermissiveLicencesPass(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  string
		ships bool
		want  string
	}{
		{"a permissive licence", isc, true, ""},
		{"no licence", "", true, "no licence file"},
		{"a text of its own", "You may look at this, but not touch.", true, "no known licence"},
		{"a permissive licence with conditions added", isc + strings.Repeat("Nobody may use it on a Sunday or for profit. ", 20), true, "only "},
		{"a strong copyleft", gnuNotice("General Public License"), true, "not on the list"},
		{"a network copyleft in tests", gnuNotice("Affero General Public License"), false, "not on the list"},
		{"a file copyleft in what we ship", mplNotice, true, "only tests"},
		{"a file copyleft in tests", mplNotice, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ids, err := judge(fake(t, c.text), c.ships)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("want %q, got %v (%v)", c.want, err, ids)
			}
		})
	}
}

func TestALicenceBesideAPackageCountsToo(t *testing.T) {
	m := fake(t, isc)
	inner := filepath.Join(m.Dir, "inner")
	if err := os.Mkdir(inner, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(inner, "COPYING"), []byte(gnuNotice("General Public License")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := judge(m, true); err != nil {
		t.Errorf("a folder that is not in use was judged: %v", err)
	}
	m.folders[inner] = true
	if _, err := judge(m, true); err == nil {
		t.Error("the licence of a folder in use was not judged")
	}
}
