"""Starts and stops everything of Carillon on one machine: Kafka, Redis, the services, the sandbox.

Standard library only. deploy/local, deploy/demo and the tests are built on it.
"""
