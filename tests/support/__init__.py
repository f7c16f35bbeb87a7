"""What tests, benches and the docs' pictures stand on: a server, the networks at full size, the peer."""
