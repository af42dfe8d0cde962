"""The metrics of AWS that a local stack makes, by namespace; those of our own come from the lines of logs."""

PRODUCED = {
    "AWS/ApplicationELB": frozenset(
        {
            "HTTPCode_ELB_502_Count",
            "HTTPCode_ELB_503_Count",
            "HTTPCode_ELB_504_Count",
            "HTTPCode_ELB_5XX_Count",
            "HTTPCode_Target_2XX_Count",
            "HTTPCode_Target_3XX_Count",
            "HTTPCode_Target_4XX_Count",
            "HTTPCode_Target_5XX_Count",
            "HealthyHostCount",
            "RequestCount",
            "TargetResponseTime",
            "UnHealthyHostCount",
        }
    ),
    "AWS/AutoScaling": frozenset(
        {
            "GroupDesiredCapacity",
            "GroupInServiceInstances",
            "GroupMaxSize",
            "GroupMinSize",
            "GroupPendingInstances",
            "GroupTerminatingInstances",
            "GroupTotalInstances",
        }
    ),
    "AWS/ECS": frozenset({"CPUUtilization"}),
    "AWS/Events": frozenset({"FailedInvocations"}),
    "AWS/Lambda": frozenset({"Duration", "Errors", "Invocations", "IteratorAge", "Throttles"}),
    "AWS/SQS": frozenset(
        {
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
        }
    ),
}
