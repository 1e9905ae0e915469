from django.core.wsgi import get_wsgi_application

from licet.settings import use

use()
application = get_wsgi_application()
