"""What the bootstrap document does on a new instance once the agent's bundle is there.

components/documents/render-bootstrap.yaml calls these steps; components/fleet_bootstrap.py names everything
that an instance installs.
"""
