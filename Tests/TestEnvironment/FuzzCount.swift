import Foundation

/// The number of inputs that a fuzz test tries: `LATENT_FUZZ` if it is set, as `deploy/fuzz` does, otherwise `usual`.
package func fuzzCount(_ usual: Int) -> Int {
  ProcessInfo.processInfo.environment["LATENT_FUZZ"].flatMap { Int($0) } ?? usual
}
