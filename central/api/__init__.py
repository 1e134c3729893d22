"""The interfaces for programs: `/device/v1` for appliances, `/api/v1` for people and their systems."""
