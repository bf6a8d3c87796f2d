/// Calls `condition` until it is true, for at most 30 seconds, and returns whether it became true: for changes that others
/// see a moment later.
package func waitFor(_ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(30)
  while ContinuousClock.now < deadline { if try condition() { return true } }
  return false
}

/// Calls `condition`, which may suspend, until it is true, for at most 30 seconds, and returns whether it became true.
package func waitFor(
  isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
) async rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(30)
  while ContinuousClock.now < deadline { if try await condition() { return true } }
  return false
}
