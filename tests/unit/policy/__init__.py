"""The checks at their thresholds, the layers of policies, profiles, precision and the gate."""
