/// What fastai's search for a learning rate came to, as the goldens in `fixtures/learning` have it.
package struct GoldenRateSearch: Decodable {
  /// Of each step.
  package let rates: [Double]
  package let losses: [Double]
  package let steepest: Double
  package let minimum: Double
  package let valley: Double
  package let slide: Double
}
