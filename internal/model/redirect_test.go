package model

import "testing"

func TestPlaceholdersOfRedirectsStandWhereELBReplacesThem(t *testing.T) {
	for _, c := range []struct {
		redirect Redirect
		ok       bool
	}{
		{Redirect{}, true},
		{Redirect{Protocol: "#{protocol}", Host: "www.#{host}", Port: "#{port}", Path: "/#{host}/#{port}/#{path}"}, true},
		{Redirect{Query: "#{protocol}#{host}#{port}#{path}#{query}"}, true},
		{Redirect{Protocol: "#{host}"}, false},
		{Redirect{Host: "#{path}.example"}, false},
		{Redirect{Port: "#{host}"}, false},
		{Redirect{Path: "/#{query}"}, false},
		{Redirect{Path: "/#{protocol}"}, false},
		{Redirect{Query: "#{nothing}"}, false},
		{Redirect{Host: "#{host"}, false},
	} {
		if err := c.redirect.CheckPlaceholders(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.redirect, err)
		}
	}
}
