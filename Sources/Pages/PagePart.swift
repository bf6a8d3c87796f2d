/// A part of a page: what a file says that it shows, and how.
package protocol PagePart: Sendable {
  /// Its heading.
  var heading: String { get }
  /// What is to be seen in it, for people: a sentence or two.
  var caption: String { get }
  /// Its contents.
  var body: HTML { get }
}

extension Page.Section {
  /// The section that `part` makes.
  package init(_ part: some PagePart) {
    self.init(heading: part.heading, caption: part.caption, body: part.body)
  }
}
