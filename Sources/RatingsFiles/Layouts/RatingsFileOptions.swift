/// The specified properties of a file of ratings; nil properties are detected.
package struct RatingsFileOptions: Equatable, Sendable {
  package var dialect: DialectOptions
  package var decimal: DecimalSign?
  package var hasHeader: Bool?
  package var columns: RatingsColumns?
  package var timeUnit: TimeUnit?

  package init(
    _ dialect: DialectOptions = DialectOptions(), decimal: DecimalSign? = nil,
    hasHeader: Bool? = nil, columns: RatingsColumns? = nil, timeUnit: TimeUnit? = nil
  ) {
    self.dialect = dialect
    self.decimal = decimal
    self.hasHeader = hasHeader
    self.columns = columns
    self.timeUnit = timeUnit
  }
}
