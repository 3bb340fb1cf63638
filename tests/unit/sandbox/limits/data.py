"""What parameters, queue, logs and database refuse."""

from __future__ import annotations

from sandbox import seed
from tests.unit.sandbox.limits.accepted import UPPER_TAGS, Row

DATA: list[Row] = [
    # the record of a run
    ("ssm.PutParameter", {"Name": "/" + "x" * 2048}, "ValidationException", "name"),
    ("ssm.PutParameter", {"Name": "/a" * 16}, "ValidationException", "levels"),
    ("ssm.PutParameter", {"Name": "/a b"}, "ValidationException", "Parameter name"),
    ("ssm.PutParameter", {"Value": "x" * 4097}, "ValidationException", "4096"),
    ("ssm.PutParameter", {"Value": "x" * 8193, "Tier": "Advanced"}, "ValidationException", "8192"),
    ("ssm.PutParameter", {"Overwrite": False}, "ParameterAlreadyExists", "already exists"),
    ("ssm.PutParameter", {"Type": "Text"}, "ValidationException", "enum value set"),
    ("ssm.PutParameter", {"Tags": [{"Key": "a", "Value": "b"}]}, "ValidationException", "tags and overwrite"),
    ("ssm.GetParameters", {"Names": []}, "ValidationException", "names"),
    ("ssm.GetParameters", {"Names": ["/a"] * 11}, "ValidationException", "names"),
    ("ssm.GetParametersByPath", {"Path": "walk"}, "ValidationException", "path"),
    ("ssm.GetParametersByPath", {"MaxResults": 11}, "ValidationException", "maxResults"),
    ("ssm.DeleteParameters", {"Names": ["/a"] * 11}, "ValidationException", "names"),
    # the queue
    ("sqs.CreateQueue", {"QueueName": "x" * 81}, "InvalidParameterValue", "QueueName"),
    ("sqs.CreateQueue", {"QueueName": "a b"}, "InvalidParameterValue", "QueueName"),
    (
        "sqs.CreateQueue",
        {"QueueName": seed.QUEUE, "Attributes": {"VisibilityTimeout": "1"}},
        "QueueAlreadyExists",
        "Visib",
    ),
    ("sqs.CreateQueue", {"QueueName": "b", "Attributes": {"VisibilityTimeout": "43201"}}, "InvalidAttributeValue", "V"),
    ("sqs.CreateQueue", {"QueueName": "b", "Attributes": {"Visibility": "1"}}, "InvalidAttributeName", "Visibility"),
    ("sqs.SendMessage", {"DelaySeconds": 901}, "InvalidParameterValue", "DelaySeconds"),
    ("sqs.SendMessage", {"MessageBody": "\x01"}, "InvalidMessageContents", "MessageBody"),
    ("sqs.SendMessage", {"MessageBody": None}, "MissingParameter", "MessageBody"),
    ("sqs.SendMessage", {"MessageBody": "x" * 1_048_577}, "InvalidParameterValue", "shorter than"),
    ("sqs.SendMessageBatch", {"Entries": []}, "AWS.SimpleQueueService.EmptyBatchRequest", "at least one"),
    (
        "sqs.SendMessageBatch",
        {"Entries": [{"Id": str(number), "MessageBody": "a"} for number in range(11)]},
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10",
    ),
    (
        "sqs.SendMessageBatch",
        {"Entries": [{"Id": "a", "MessageBody": "a"}] * 2},
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        "Id a repeated",
    ),
    (
        "sqs.SendMessageBatch",
        {"Entries": [{"Id": "a b", "MessageBody": "a"}]},
        "AWS.SimpleQueueService.InvalidBatchEntryId",
        "alphanumeric",
    ),
    ("sqs.ReceiveMessage", {"MaxNumberOfMessages": 11}, "InvalidParameterValue", "MaxNumberOfMessages"),
    ("sqs.ReceiveMessage", {"WaitTimeSeconds": 21}, "InvalidParameterValue", "WaitTimeSeconds"),
    ("sqs.ReceiveMessage", {"VisibilityTimeout": 43_201}, "InvalidParameterValue", "VisibilityTimeout"),
    ("sqs.GetQueueAttributes", {"AttributeNames": ["Depth"]}, "InvalidAttributeName", "Depth"),
    ("sqs.SetQueueAttributes", {"Attributes": {"DelaySeconds": "901"}}, "InvalidAttributeValue", "DelaySeconds"),
    ("sqs.SetQueueAttributes", {"Attributes": {"MessageRetentionPeriod": "59"}}, "InvalidAttributeValue", "Retention"),
    ("sqs.GetQueueUrl", {"QueueName": "unknown"}, "AWS.SimpleQueueService.NonExistentQueue", "does not exist"),
    # logs
    ("logs.CreateLogGroup", {}, "ResourceAlreadyExistsException", "already exists"),
    ("logs.CreateLogGroup", {"logGroupName": "a b"}, "InvalidParameterException", "logGroupName"),
    ("logs.CreateLogGroup", {"logGroupName": "x" * 513}, "InvalidParameterException", "logGroupName"),
    ("logs.CreateLogStream", {"logStreamName": "a:b"}, "InvalidParameterException", "logStreamName"),
    ("logs.DescribeLogGroups", {"limit": 51}, "InvalidParameterException", "limit"),
    ("logs.GetLogEvents", {"limit": 10_001}, "InvalidParameterException", "limit"),
    ("logs.GetLogEvents", {"logGroupName": "none"}, "ResourceNotFoundException", "does not exist"),
    ("logs.FilterLogEvents", {"logStreamNames": ["a"] * 101}, "InvalidParameterException", "logStreamNames"),
    ("logs.FilterLogEvents", {"filterPattern": "x" * 1025}, "InvalidParameterException", "filterPattern"),
    (
        "logs.FilterLogEvents",
        {"logStreamNames": ["walk"], "logStreamNamePrefix": "w"},
        "InvalidParameterException",
        "logStreamNamePrefix",
    ),
    ("logs.PutRetentionPolicy", {"retentionInDays": 31}, "InvalidParameterException", "retentionInDays"),
    ("ec2.DescribeInstances", {"InstanceIds": ["i-1"], "MaxResults": 5}, "InvalidParameterCombination", "MaxResults"),
    # the database, whose own rules have tests of their own
    ("rds.DescribeDBInstances", {"MaxRecords": 19}, "InvalidParameterValue", "MaxRecords"),
    ("rds.DescribeDBSnapshots", {"MaxRecords": 101}, "InvalidParameterValue", "MaxRecords"),
    ("rds.DescribeDBParameterGroups", {"MaxRecords": 19}, "InvalidParameterValue", "MaxRecords"),
    ("rds.DescribeDBInstances", {"DBInstanceIdentifier": "unknown"}, "DBInstanceNotFound", "not found"),
    ("rds.DescribeOrderableDBInstanceOptions", {"Engine": None}, "MissingParameter", "Engine"),
    ("rds.AddTagsToResource", {"Tags": UPPER_TAGS}, "InvalidParameterValue", "Tags"),
    ("rds.AddTagsToResource", {"Tags": [{"Key": "aws:a", "Value": "b"}]}, "InvalidParameterValue", "Tags"),
]
