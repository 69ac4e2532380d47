package side

import "github.com/gwanmun/gwanmun/internal/elbapi/wire"

// Operations is the table of all calls that this room answers.
func Operations(s *Side) []wire.Operation {
	return []wire.Operation{
		ec2Op("AuthorizeSecurityGroupIngress", s.AuthorizeSecurityGroupIngress),
		ec2Op("AuthorizeSecurityGroupEgress", s.AuthorizeSecurityGroupEgress),
		ec2Op("RevokeSecurityGroupIngress", s.RevokeSecurityGroupIngress),
		ec2Op("RevokeSecurityGroupEgress", s.RevokeSecurityGroupEgress),
		ec2Op("CreateSecurityGroup", s.CreateSecurityGroup),
		ec2Op("DeleteSecurityGroup", s.DeleteSecurityGroup),
		ec2Op("DescribeSecurityGroups", s.DescribeSecurityGroups),
		ec2Op("DescribeSecurityGroupRules", s.DescribeSecurityGroupRules),
		ec2Op("GetSecurityGroupsForVpc", s.GetSecurityGroupsForVpc),

		ec2Op("CreateTags", s.CreateTags),
		ec2Op("DeleteTags", s.DeleteTags),
		ec2Op("DescribeTags", s.DescribeTags),

		ec2Op("DescribeAvailabilityZones", s.DescribeAvailabilityZones),
		ec2Op("DescribeRegions", s.DescribeRegions),
		ec2Op("DescribeAccountAttributes", s.DescribeAccountAttributes),

		ec2Op("CreateVpc", s.CreateVpc),
		ec2Op("DeleteVpc", s.DeleteVpc),
		ec2Op("DescribeVpcs", s.DescribeVpcs),
		ec2Op("DescribeVpcAttribute", s.DescribeVpcAttribute),
		ec2Op("ModifyVpcAttribute", s.ModifyVpcAttribute),

		ec2Op("CreateSubnet", s.CreateSubnet),
		ec2Op("DeleteSubnet", s.DeleteSubnet),
		ec2Op("DescribeSubnets", s.DescribeSubnets),
		ec2Op("ModifySubnetAttribute", s.ModifySubnetAttribute),

		ec2Op("CreateInternetGateway", s.CreateInternetGateway),
		ec2Op("AttachInternetGateway", s.AttachInternetGateway),
		ec2Op("DetachInternetGateway", s.DetachInternetGateway),
		ec2Op("DeleteInternetGateway", s.DeleteInternetGateway),
		ec2Op("DescribeInternetGateways", s.DescribeInternetGateways),

		ec2Op("CreateRouteTable", s.CreateRouteTable),
		ec2Op("DeleteRouteTable", s.DeleteRouteTable),
		ec2Op("DescribeRouteTables", s.DescribeRouteTables),
		ec2Op("AssociateRouteTable", s.AssociateRouteTable),
		ec2Op("DisassociateRouteTable", s.DisassociateRouteTable),
		ec2Op("CreateRoute", s.CreateRoute),
		ec2Op("DeleteRoute", s.DeleteRoute),

		ec2Op("DescribeNetworkAcls", s.DescribeNetworkAcls),
		ec2Op("DescribeManagedPrefixLists", s.DescribeManagedPrefixLists),

		ec2Op("RunInstances", s.RunInstances),
		ec2Op("TerminateInstances", s.TerminateInstances),
		ec2Op("DescribeInstances", s.DescribeInstances),
		ec2Op("DescribeNetworkInterfaces", s.DescribeNetworkInterfaces),

		ec2Op("DescribeAddresses", s.DescribeAddresses),
		ec2Op("DescribeCoipPools", s.DescribeCoipPools),
		ec2Op("GetCoipPoolUsage", s.GetCoipPoolUsage),
		ec2Op("DescribeIpamPools", s.DescribeIpamPools),
		ec2Op("DescribeVpcPeeringConnections", s.DescribeVpcPeeringConnections),

		wire.Op(wire.ACM, "ListCertificates", s.ListCertificates),
		wire.Op(wire.ACM, "DescribeCertificate", s.DescribeCertificate),
		wire.Op(wire.ACM, "GetCertificate", s.GetCertificate),
		wire.Op(wire.ACM, "ImportCertificate", s.ImportCertificate),
		wire.Op(wire.ACM, "RequestCertificate", s.RequestCertificate),
		wire.Op(wire.ACM, "DeleteCertificate", s.DeleteCertificate),
		wire.Op(wire.ACM, "ListTagsForCertificate", s.ListTagsForCertificate),
		wire.Op(wire.ACM, "AddTagsToCertificate", s.AddTagsToCertificate),
		wire.Op(wire.ACM, "RemoveTagsFromCertificate", s.RemoveTagsFromCertificate),

		wire.Op(wire.STS, "GetCallerIdentity", s.GetCallerIdentity),
		wire.Op(wire.STS, "AssumeRole", s.AssumeRole),
		wire.Op(wire.STS, "AssumeRoleWithWebIdentity", s.AssumeRoleWithWebIdentity),

		wire.Op(wire.IAM, "ListServerCertificates", s.ListServerCertificates),
		wire.Op(wire.IAM, "GetServerCertificate", s.GetServerCertificate),
		wire.Op(wire.IAM, "CreateServiceLinkedRole", s.CreateServiceLinkedRole),

		wire.Op(wire.Tagging, "GetResources", s.GetResources),

		wire.Op(wire.WAFv2, "ListWebACLs", s.ListWebACLs),
		wire.Op(wire.WAFv2, "GetWebACL", s.GetWebACL),
		wire.Op(wire.WAFv2, "CreateWebACL", s.CreateWebACL),
		wire.Op(wire.WAFv2, "DeleteWebACL", s.DeleteWebACL),
		wire.Op(wire.WAFv2, "AssociateWebACL", s.AssociateWebACL),
		wire.Op(wire.WAFv2, "DisassociateWebACL", s.DisassociateWebACL),
		wire.Op(wire.WAFv2, "GetWebACLForResource", s.GetWebACLForResource),

		wire.Op(wire.Shield, "GetSubscriptionState", s.GetSubscriptionState),
		wire.Op(wire.Shield, "CreateSubscription", s.CreateSubscription),
		wire.Op(wire.Shield, "DescribeProtection", s.DescribeProtection),
		wire.Op(wire.Shield, "CreateProtection", s.CreateProtection),
		wire.Op(wire.Shield, "DeleteProtection", s.DeleteProtection),
	}
}
