/// The result of fastai's learning rate finder, as stored in the goldens of `fixtures/learning`.
package struct GoldenRateSearch: Decodable {
  /// The learning rate of each step.
  package let rates: [Double]
  package let losses: [Double]
  package let steepest: Double
  package let minimum: Double
  package let valley: Double
  package let slide: Double
}
