package client

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// InstanceVPC is the VPC of the primary interface of the instance that this process runs on, from its metadata. Outside of
// EC2 it fails after the SDK's patience with the metadata service.
func (c *Clients) InstanceVPC(ctx context.Context) (string, error) {
	mac, err := c.read(ctx, "mac")
	if err != nil {
		return "", err
	}
	return c.read(ctx, "network/interfaces/macs/"+mac+"/vpc-id")
}

// longestMetadata bounds an answer; ids are much shorter.
const longestMetadata = 1024

func (c *Clients) read(ctx context.Context, path string) (string, error) {
	out, err := c.metadata.GetMetadata(ctx, &imds.GetMetadataInput{Path: path})
	if err != nil {
		return "", fmt.Errorf("instance metadata %s: %w", path, err)
	}
	defer func() { _ = out.Content.Close() }()
	text, err := io.ReadAll(io.LimitReader(out.Content, longestMetadata))
	if err != nil {
		return "", fmt.Errorf("instance metadata %s: %w", path, err)
	}
	return strings.TrimSpace(string(text)), nil
}
