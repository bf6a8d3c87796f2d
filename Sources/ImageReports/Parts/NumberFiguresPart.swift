import Interpretation
import Pages

/// The errors of each number or coordinate, beside those of always predicting the mean.
struct NumberFiguresPart: ImageReportPart {
  let heading = "Errors"
  let caption = """
    RMSE is the root mean squared error, MAE the mean absolute error, in the unit of the output; R\u{b2} is 1 if all \
    predictions are right and 0 if always predicting the mean of these images, whose RMSE is beside it, does as well.
    """
  let body: HTML

  init?(_ data: ImageReportData) {
    guard let figures = data.examined.numberFigures else { return nil }
    let rows = figures.map { figure -> HTML in
      """
      <tr><td>\(figure.name)</td><td>\(Scale.text(figure.rmse))</td><td>\(Scale.text(figure.mae))</td>\
      <td>\(figure.r2.map { Scale.text($0) } ?? "\u{2013}")</td><td>\(Scale.text(figure.deviation))</td></tr>
      """
    }
    body = """
      <div class="wide"><table><thead><tr><th>output</th><th>RMSE</th><th>MAE</th><th>R\u{b2}</th>\
      <th>RMSE of the mean</th></tr></thead><tbody>\(rows)</tbody></table></div>
      """
  }
}
