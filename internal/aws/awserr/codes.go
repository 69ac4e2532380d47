package awserr

// throttled codes say that a call came too early and had no effect. Source: the list of codes that the Go SDK retries.
func throttledCodes() []string {
	return []string{
		"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "RequestLimitExceeded", "ProvisionedThroughputExceededException", "SlowDown",
		"EC2ThrottledException", "BandwidthLimitExceeded",
	}
}

// transient codes pass by themselves: trouble on AWS's side. Nobody knows whether the call had an effect. Sources: the list of
// codes that the Go SDK retries, and each service's common errors.
func transientCodes() []string {
	return []string{
		"TransactionInProgressException", "InternalError", "InternalFailure", "InternalServiceError", "InternalErrorException", "InternalServerException",
		"ServiceUnavailable", "ServiceUnavailableException", "Unavailable", "RequestTimeout", "RequestTimeoutException",
		"HealthUnavailable", "InsufficientCapacity", "OptimisticLockException", "WAFInternalErrorException",
		"IDPCommunicationError",
	}
}

// waiting codes say that AWS is still busy with something that it accepted before.
func waitingCodes() []string {
	return []string{
		"ResourceInUse", "ResourceInUseException", "DependencyViolation", "CapacityReservationPending",
		"PriorRequestNotComplete", "TrustStoreNotReady", "WAFUnavailableEntityException", "IncorrectState",
	}
}

// staleCodes say that a resource is not as it was believed to be: gone, or there already. Looking again is the answer,
// and if looking again gives the same error, the user must act.
func staleCodes() []string {
	return []string{
		"LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound", "RuleNotFound", "InvalidGroup.NotFound",
		"InvalidPermission.NotFound", "InvalidPermission.Duplicate", "InvalidGroup.Duplicate",
		"DuplicateLoadBalancerName", "DuplicateTargetGroupName", "DuplicateListener", "PriorityInUse",
		"ResourceAlreadyExistsException", "WAFNonexistentItemException", "ResourceNotFoundException",
	}
}

// credentialCodes are refusals of who is asking. They are terminal for the user, but mend without any change of ours once
// the role or its policy is corrected.
func credentialCodes() []string {
	return []string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure", "ExpiredToken", "ExpiredTokenException",
		"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "OptInRequired", "InvalidIdentityToken",
	}
}
