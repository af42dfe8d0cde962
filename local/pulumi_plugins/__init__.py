"""What every Pulumi plugin of this project needs: its gRPC server and the bare protocol."""
