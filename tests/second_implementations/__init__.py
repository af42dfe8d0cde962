"""The tests of table and queue against DynamoDB Local and ElasticMQ, which others wrote."""
