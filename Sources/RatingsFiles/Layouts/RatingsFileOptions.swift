/// What is known of a file of ratings before it is looked at; nil is found out.
package struct RatingsFileOptions: Equatable, Sendable {
  package var delimiter: Delimiter?
  package var quoting: Quoting?
  package var encoding: TextEncoding?
  package var decimal: DecimalSign
  package var hasHeader: Bool?
  package var columns: RatingsColumns?
  package var timeUnit: TimeUnit?

  package init(
    delimiter: Delimiter? = nil, quoting: Quoting? = nil, encoding: TextEncoding? = nil,
    decimal: DecimalSign = .point, hasHeader: Bool? = nil, columns: RatingsColumns? = nil,
    timeUnit: TimeUnit? = nil
  ) {
    self.delimiter = delimiter
    self.quoting = quoting
    self.encoding = encoding
    self.decimal = decimal
    self.hasHeader = hasHeader
    self.columns = columns
    self.timeUnit = timeUnit
  }
}
